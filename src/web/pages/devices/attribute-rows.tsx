import { ActionIcon, Button, Fieldset, Group, Stack, Text, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { Icon } from '../../parts/icon.tsx';
import { texts } from '../../texts.ts';
import type { AttributeRow, DeviceValues } from './device-values.ts';

const words = texts.devices.form;

/** As the server takes them. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/** What is wrong with names, by the path of the field: the server names the attribute, and cannot say which row it is. */
export function attributeFaults(rows: readonly AttributeRow[]): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const [place, { name, value }] of rows.entries()) {
    const fault =
      name === ''
        ? value === ''
          ? undefined
          : words.attributeNameless
        : !NAME.test(name)
          ? words.attributeNameFault
          : rows.some((other, at) => at < place && other.name === name)
            ? words.attributeTwice
            : undefined;
    if (fault !== undefined) faults[`attributes.${place}.name`] = fault;
    if (name !== '' && value === '') faults[`attributes.${place}.value`] = words.attributeValueless;
  }
  return faults;
}

/** Names and values, a row each, to be added and taken away. */
export function AttributeRows({ form }: { readonly form: UseFormReturnType<DeviceValues> }) {
  const { attributes } = form.getValues();
  const add = (): void => {
    form.insertListItem('attributes', { name: '', value: '' });
    const path = `attributes.${attributes.length}.name`;
    setTimeout(() => form.getInputNode(path)?.focus());
  };
  return (
    <Fieldset legend={words.attributes} p="sm" pt={4}>
      <Stack gap="xs">
        <Text size="xs" c="dimmed">
          {words.attributesHint}
        </Text>
        {attributes.map((row, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is what stands in that place; it has no state of its own
          <Group key={place} gap="xs" wrap="nowrap" align="flex-start">
            <TextInput
              className="grow"
              aria-label={words.attributeName(place + 1)}
              placeholder={words.name}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              {...form.getInputProps(`attributes.${place}.name`)}
            />
            <TextInput
              className="grow"
              aria-label={words.attributeValue(row.name === '' ? String(place + 1) : row.name)}
              placeholder={words.value}
              autoComplete="off"
              {...form.getInputProps(`attributes.${place}.value`)}
            />
            <ActionIcon
              size={36}
              aria-label={words.attributeRemove(row.name === '' ? String(place + 1) : row.name)}
              onClick={() => form.removeListItem('attributes', place)}
            >
              <Icon name="trash" />
            </ActionIcon>
          </Group>
        ))}
        <Group>
          <Button size="compact-sm" variant="subtle" leftSection={<Icon name="plus" size={14} />} onClick={add}>
            {words.attributeAdd}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}
