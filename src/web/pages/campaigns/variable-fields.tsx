import { Fieldset, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { texts } from '../../texts.ts';
import type { StepProps } from './step-props.ts';

const words = texts.campaigns.wizard;

/**
 * What the document needs a value for, and where it comes from: the same for all, from an attribute of the device, or from
 * the columns of a list.
 * @param kept names whose values are kept, unless others are typed
 */
export function VariableFields({ form, kept }: Pick<StepProps, 'form'> & { readonly kept: readonly string[] }) {
  const { variables } = form.getValues();
  if (variables.length === 0) return null;
  const missing = form.errors['content.variables'];
  return (
    <Fieldset legend={words.variables} maw={640}>
      <Stack gap="sm">
        <Text size="xs" c="dimmed">
          {words.variablesHint}
        </Text>
        {variables.map(({ name, from }, place) => {
          const at = `variables.${place}`;
          const value = form.getInputProps(`${at}.value`);
          const attribute = form.getInputProps(`${at}.attribute`);
          return (
            <Group key={name} align="flex-start" grow preventGrowOverflow={false} className="variable">
              <Select
                label={words.variable(name)}
                data={Object.entries(words.variableFrom).map(([one, label]) => ({ value: one, label }))}
                allowDeselect={false}
                {...form.getInputProps(`${at}.from`)}
              />
              {from === 'value' && (
                <TextInput
                  label={words.variableValue}
                  aria-label={words.valueOf(name)}
                  {...(kept.includes(name) && { placeholder: words.kept })}
                  {...value}
                  data-path={`content.variables.${name}`}
                  error={form.errors[`content.variables.${name}`] ?? value.error}
                />
              )}
              {from === 'attribute' && (
                <TextInput
                  label={words.variableAttribute}
                  aria-label={words.attributeOf(name)}
                  {...attribute}
                  data-path={`deviceVariables.${name}`}
                  error={form.errors[`deviceVariables.${name}`] ?? attribute.error}
                />
              )}
            </Group>
          );
        })}
        <Text size="xs" c="var(--mantine-color-error)" data-path="content.variables" hidden={missing === undefined}>
          {missing}
        </Text>
      </Stack>
    </Fieldset>
  );
}
