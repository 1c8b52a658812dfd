import { ActionIcon, Button, Fieldset, Group, NumberInput, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { Icon } from '../../parts/icon.tsx';
import { texts } from '../../texts.ts';
import { type LinkValues, NEW_RULE } from './link-values.ts';

const words = texts.links.form;

/** How numbers are written for the SMS centre, by how they begin. */
export function DestinationRules({ form }: { readonly form: UseFormReturnType<LinkValues> }) {
  const { destRules } = form.getValues();
  const fault = form.errors['destRules'];
  return (
    <Fieldset legend={words.destRules}>
      <Stack gap="sm">
        <Text size="xs" c="dimmed">
          {words.destRulesHint}
        </Text>
        {destRules.map((_, place) => {
          const at = `destRules.${place}`;
          return (
            <Group
              // biome-ignore lint/suspicious/noArrayIndexKey: a rule is its place in the list, in the faults of the server too
              key={place}
              role="group"
              aria-label={words.rule(place + 1)}
              wrap="nowrap"
              align="flex-start"
              gap="xs"
            >
              <SimpleGrid cols={{ base: 2, xs: 5 }} spacing="xs" className="grow">
                <TextInput
                  label={words.rulePrefix}
                  required
                  placeholder="49"
                  inputMode="numeric"
                  {...form.getInputProps(`${at}.prefix`)}
                />
                <NumberInput label={words.ruleStrip} hideControls {...form.getInputProps(`${at}.strip`)} />
                <TextInput
                  label={words.rulePrepend}
                  placeholder="0"
                  inputMode="numeric"
                  {...form.getInputProps(`${at}.prepend`)}
                />
                <NumberInput label={words.ruleTon} required hideControls {...form.getInputProps(`${at}.ton`)} />
                <NumberInput label={words.ruleNpi} required hideControls {...form.getInputProps(`${at}.npi`)} />
              </SimpleGrid>
              <ActionIcon
                mt={26}
                aria-label={words.removeRule(place + 1)}
                onClick={() => form.removeListItem('destRules', place)}
              >
                <Icon name="trash" size={16} />
              </ActionIcon>
            </Group>
          );
        })}
        <Group>
          <Button
            size="compact-sm"
            variant="light"
            leftSection={<Icon name="plus" size={14} />}
            onClick={() => form.insertListItem('destRules', { ...NEW_RULE })}
          >
            {words.addRule}
          </Button>
          {fault !== undefined && (
            <Text size="xs" c="var(--mantine-color-error)">
              {fault}
            </Text>
          )}
        </Group>
      </Stack>
    </Fieldset>
  );
}
