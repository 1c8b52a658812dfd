import {
  ActionIcon,
  Button,
  Checkbox,
  Fieldset,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { texts } from '../../texts.ts';
import { Icon } from '../icon.tsx';
import { fieldLabel, hintOf, usualOf } from './field-label.ts';
import type { OtaValues } from './ota-values.ts';
import { isFilled, type Section, type SettingsField } from './settings-fields.ts';

const words = texts.ota;
type Draft = Readonly<Record<string, unknown>>;
type OtaForm = UseFormReturnType<OtaValues>;

/** One section of the settings, with what its fields depend on. */
export function SectionFields({
  form,
  section,
  onRemove,
}: {
  readonly form: OtaForm;
  readonly section: Section;
  readonly onRemove: () => void;
}) {
  const { name, fields, listOf } = section;
  const title = words.sections[name];
  const draft = form.getValues().settings[name];
  const path = `settings.${name}`;
  return (
    <Fieldset legend={title} className="ota-section">
      {words.sectionHints[name] !== undefined && (
        <Text size="xs" c="dimmed" mb="xs" pe="xl">
          {words.sectionHints[name]}
        </Text>
      )}
      <ActionIcon className="ota-remove" aria-label={words.removeSection(title)} onClick={onRemove}>
        <Icon name="trash" size={16} />
      </ActionIcon>
      {listOf === undefined ? (
        <Fields form={form} path={path} section={name} draft={draft as Draft} fields={fields} />
      ) : (
        <Rows
          form={form}
          path={path}
          section={name}
          label={fieldLabel(name, name)}
          rows={draft as readonly unknown[]}
          fields={listOf === 'texts' ? undefined : fields}
        />
      )}
    </Fieldset>
  );
}

interface Place {
  readonly form: OtaForm;
  /** Of the object that the fields are of, in the form. */
  readonly path: string;
  readonly section: string;
  /** Nobody has to fill in anything of it, unless they begin with it. */
  readonly isOptional?: boolean;
}

function Fields({
  draft = {},
  fields,
  ...place
}: Place & { readonly draft: Draft | undefined; readonly fields: readonly SettingsField[] }) {
  const shown = fields.filter(({ when }) => when?.(draft) !== false);
  const isWide = ({ kind }: SettingsField): boolean => kind === 'group' || kind === 'rows';
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="sm">
        {shown
          .filter((field) => !isWide(field))
          .map((field) => (
            <OneField key={field.name} field={field} {...place} />
          ))}
      </SimpleGrid>
      {shown.filter(isWide).map((field) => {
        const label = fieldLabel(place.section, field.name);
        const path = `${place.path}.${field.name}`;
        if (field.kind === 'group') {
          return (
            <Fieldset key={field.name} legend={label} variant="filled">
              {field.required !== true && (
                <Text size="xs" c="dimmed" mb="xs">
                  {words.groupHint}
                </Text>
              )}
              <Fields
                {...place}
                path={path}
                draft={draft[field.name] as Draft | undefined}
                fields={field.fields}
                isOptional={field.required !== true && !isFilled(field, draft[field.name])}
              />
            </Fieldset>
          );
        }
        if (field.kind !== 'rows') return null;
        const rows = (draft[field.name] ?? []) as readonly unknown[];
        return <Rows key={field.name} {...place} path={path} label={label} rows={rows} fields={field.fields} />;
      })}
    </Stack>
  );
}

/** @param fields of each row; absent where a row is a long text */
function Rows({
  rows,
  fields,
  label,
  ...place
}: Place & {
  readonly rows: readonly unknown[];
  readonly fields: readonly SettingsField[] | undefined;
  readonly label: string;
}) {
  const { form, path } = place;
  return (
    <Stack gap="sm">
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place in the list, in the faults of the server too
        <Fieldset key={index} legend={words.row(label, index + 1)} variant="filled" className="ota-section">
          <ActionIcon
            className="ota-remove"
            aria-label={words.removeRow(label, index + 1)}
            onClick={() => form.removeListItem(path, index)}
          >
            <Icon name="trash" size={16} />
          </ActionIcon>
          {fields === undefined ? (
            <Textarea
              label={words.row(label, index + 1)}
              description={words.certificateHint}
              rows={4}
              spellCheck={false}
              classNames={{ input: 'mono' }}
              {...form.getInputProps(`${path}.${index}`)}
            />
          ) : (
            <Fields {...place} path={`${path}.${index}`} draft={row as Draft} fields={fields} />
          )}
        </Fieldset>
      ))}
      <Group>
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<Icon name="plus" size={14} />}
          onClick={() => form.setFieldValue(path, [...rows, fields === undefined ? '' : {}])}
        >
          {words.addRow(label)}
        </Button>
        {form.errors[path] !== undefined && (
          <Text size="xs" c="var(--mantine-color-error)">
            {form.errors[path]}
          </Text>
        )}
      </Group>
    </Stack>
  );
}

function OneField({ field, form, path, section, isOptional = false }: Place & { readonly field: SettingsField }) {
  const at = `${path}.${field.name}`;
  const label = fieldLabel(section, field.name);
  const { value, ...props } = form.getInputProps(at);
  const required = field.required === true && !isOptional;
  const description = hintOf(section, field.name);
  const usual = usualOf(section, field.name);
  const all = {
    label,
    required,
    inputWrapperOrder: ORDER,
    ...(description !== undefined && { description }),
    ...(usual !== undefined && { placeholder: words.usual(usual) }),
    ...props,
  };
  const text = { autoComplete: 'off', autoCapitalize: 'none', spellCheck: false, ...all };
  switch (field.kind) {
    case 'secret':
      return <PasswordInput {...text} autoComplete="new-password" value={value ?? ''} />;
    case 'number':
      return <NumberInput {...all} hideControls value={value ?? ''} />;
    case 'flag':
      return <Checkbox label={label} {...form.getInputProps(at, { type: 'checkbox' })} mt={{ xs: 'lg' }} />;
    case 'list':
      return <TextInput {...text} description={words.listHint} value={value ?? ''} />;
    case 'parameters':
      return <Textarea {...text} description={words.parametersHint} rows={3} value={value ?? ''} />;
    case 'choice':
      return (
        <Select
          placeholder={words.unsaid}
          {...all}
          allowDeselect={!required}
          clearable={!required}
          clearButtonProps={{ 'aria-label': words.unsay(label) }}
          data={field.choices.map((one) => ({ value: one, label: words.choices[one] ?? one }))}
          value={value ?? null}
        />
      );
    case 'several':
      return (
        <Checkbox.Group label={label} {...props} value={value ?? []}>
          <Group mt={6}>
            {field.choices.map((one) => (
              <Checkbox key={one} value={one} label={words.choices[one] ?? one} />
            ))}
          </Group>
        </Checkbox.Group>
      );
    case 'text':
      return <TextInput {...text} value={value ?? ''} />;
    default:
      return null;
  }
}

/** Fields beside one another stand in a line when what explains them comes after. */
const ORDER: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'description', 'error'];
