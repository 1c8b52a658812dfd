import {
  Alert,
  Button,
  Fieldset,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Skeleton,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ifMatch, type Tagged } from '../../api/client.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { Icon } from '../../parts/icon.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toastFault } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { DestinationRules } from './destination-rules.tsx';
import {
  EMPTY_VALUES,
  type LinkValues,
  MORE_FIELDS,
  MORE_NUMBERS,
  mergeValues,
  newLinkOf,
  patchOf,
  type SmsLink,
  valuesOf,
} from './link-values.ts';
import { linkQuery, readLink } from './queries.ts';

const words = texts.links.form;

/** Reads the link as it is now, and changes it only if nobody else has meanwhile. */
export function EditLinkForm({ id, onDone }: { readonly id: string; readonly onDone: (name: string) => void }) {
  const { data, error, refetch } = useQuery(linkQuery(id));
  if (data !== undefined) return <LinkForm link={data} onDone={onDone} />;
  return error === null ? <Skeleton h={480} /> : <ProblemAlert problem={error} onRetry={() => void refetch()} />;
}

/** @param link that is changed; without it a new one is made */
export function LinkForm({
  link,
  onDone,
}: {
  readonly link?: Tagged<SmsLink>;
  readonly onDone: (name: string) => void;
}) {
  const [base, setBase] = useState(link);
  const [clashes, setClashes] = useState<readonly (keyof LinkValues)[]>();
  const { form, submit, isSending, problem, clearProblem } = useApiForm<LinkValues>({
    initialValues: link === undefined ? EMPTY_VALUES : valuesOf(link.value),
    fieldOf: { 'link-exists': 'name' },
    send: async (values) => {
      if (base === undefined) await api.POST('/api/v1/links', { body: newLinkOf(values) });
      else {
        await api.PATCH('/api/v1/links/{id}', {
          params: { path: { id: base.value.id }, header: ifMatch(base) },
          body: patchOf(values, valuesOf(base.value)),
        });
      }
      onDone(values.name);
    },
  });
  const loadCurrent = async (): Promise<void> => {
    if (base === undefined) return;
    try {
      const now = await readLink(base.value.id);
      const merged = mergeValues(form.getValues(), valuesOf(base.value), valuesOf(now.value));
      setBase(now);
      form.setValues(merged.values);
      setClashes(merged.clashes);
      clearProblem();
    } catch (error) {
      toastFault(error);
    }
  };
  const [isOpen, setOpen] = useState(false);
  const hasFaultsBelow = MORE_FIELDS.some((field) => form.errors[field] !== undefined);
  const props = (name: keyof LinkValues) => ({ ...form.getInputProps(name), inputWrapperOrder: ORDER });
  const check = (name: keyof LinkValues) => form.getInputProps(name, { type: 'checkbox' });
  const plain = { autoComplete: 'off', autoCapitalize: 'none', spellCheck: false };
  const { tls } = form.getValues();
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {clashes !== undefined && (
          <Alert color="yellow" icon={<Icon name="info" />} title={words.merged}>
            {words.mergedHint}
            {clashes.length > 0 && ` ${words.clashes(clashes.map(labelOf).join(', '))}`}
          </Alert>
        )}
        <Fieldset legend={words.connection}>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              label={words.name}
              description={words.nameHint}
              required
              data-autofocus
              {...plain}
              {...props('name')}
            />
            <Select
              label={words.bind}
              data={Object.entries(words.bindModes).map(([value, label]) => ({ value, label }))}
              allowDeselect={false}
              {...props('bind')}
            />
            <TextInput label={words.host} required {...plain} {...props('host')} />
            <NumberInput label={words.port} description={words.portHint} hideControls {...props('port')} />
            <TextInput label={words.systemId} required {...plain} {...props('systemId')} />
            <PasswordInput
              label={words.password}
              {...(base === undefined ? { required: true } : { description: words.passwordHint })}
              autoComplete="new-password"
              {...props('password')}
            />
            <TextInput label={words.systemType} {...plain} {...props('systemType')} />
            <Stack gap="xs" justify="center">
              <Switch label={words.tls} {...check('tls')} />
              <Switch label={words.enabled} {...check('enabled')} />
            </Stack>
          </SimpleGrid>
          {tls && (
            <Stack mt="md">
              <Switch label={words.verify} {...check('verify')} />
              <Textarea label={words.ca} description={words.caHint} rows={3} {...plain} {...props('ca')} />
            </Stack>
          )}
        </Fieldset>
        <Fieldset legend={words.traffic}>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label={words.prefixes} description={words.prefixesHint} {...plain} {...props('prefixes')} />
            <TextInput
              label={words.sourceAddr}
              description={words.sourceAddrHint}
              {...plain}
              {...props('sourceAddr')}
            />
            <NumberInput label={words.window} description={words.windowHint} {...props('window')} />
            <NumberInput
              label={words.ratePerSecond}
              description={words.ratePerSecondHint}
              {...props('ratePerSecond')}
            />
            <NumberInput label={words.binds} description={words.bindsHint} {...props('binds')} />
            <NumberInput label={words.weight} description={words.weightHint} {...props('weight')} />
          </SimpleGrid>
        </Fieldset>
        <DestinationRules form={form} />
        <details open={isOpen || hasFaultsBelow} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
          <summary>{words.more}</summary>
          <Text size="sm" c="dimmed" my="xs">
            {words.moreHint}
          </Text>
          <Stack>
            <Select
              label={words.messageIds}
              data={Object.entries(words.messageIdForms).map(([value, label]) => ({ value, label }))}
              allowDeselect={false}
              {...props('messageIds')}
            />
            <SimpleGrid cols={{ base: 2, xs: 3 }} verticalSpacing="sm">
              <TextInput label={words.serviceType} {...plain} {...props('serviceType')} />
              <TextInput label={words.addressRange} {...plain} {...props('addressRange')} />
              <NumberInput label={words.sourceTon} placeholder={words.byLook} hideControls {...props('sourceTon')} />
              <NumberInput label={words.sourceNpi} placeholder={words.byLook} hideControls {...props('sourceNpi')} />
              {MORE_NUMBERS.map((name) => (
                <NumberInput
                  key={name}
                  label={words.numbers[name]}
                  placeholder={words.usual}
                  hideControls
                  {...props(name)}
                />
              ))}
            </SimpleGrid>
          </Stack>
        </details>
        <ProblemAlert problem={problem} onReload={() => void loadCurrent()} />
        <Button type="submit" loading={isSending}>
          {base === undefined ? texts.links.add : texts.shell.actions.save}
        </Button>
      </Stack>
    </form>
  );
}

/** Fields beside one another stand in a line when what explains them comes after. */
const ORDER: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'description', 'error'];

function labelOf(name: keyof LinkValues): string {
  const label = name in words.numbers ? words.numbers[name as keyof typeof words.numbers] : undefined;
  return label ?? (words as Readonly<Record<string, unknown>>)[name]?.toString() ?? name;
}
