import { Chip, Group, Stack, Text, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { Panel } from '../../parts/panel.tsx';
import type { OtaValues } from '../../parts/settings/ota-values.ts';
import { SectionFields } from '../../parts/settings/section-fields.tsx';
import { SECTIONS, type SectionName } from '../../parts/settings/settings-fields.ts';
import { texts } from '../../texts.ts';

const words = texts.ota;

/** Which sections there are, and the fields of each. */
export function SettingsPanel({ form }: { readonly form: UseFormReturnType<OtaValues> }) {
  const { settings } = form.getValues();
  const chosen = SECTIONS.filter(({ name }) => settings[name] !== undefined);
  const choose = (names: readonly string[]): void => {
    const next = { name: settings.name } as OtaValues['settings'];
    for (const { name, start, listOf } of SECTIONS) {
      if (names.includes(name)) next[name] = settings[name] ?? startOf(start, listOf);
    }
    form.setFieldValue('settings', next);
  };
  const remove = (name: SectionName): void => choose(chosen.map((one) => one.name).filter((one) => one !== name));
  return (
    <Panel title={words.what} hint={words.whatHint}>
      <Stack>
        <Chip.Group multiple value={chosen.map(({ name }) => name)} onChange={choose}>
          <Group gap="xs" role="group" aria-label={words.choose}>
            {SECTIONS.map(({ name }) => (
              <Chip key={name} value={name} size="sm" variant="light">
                {words.sections[name]}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        {chosen.length === 0 ? (
          <Text size="sm" c="dimmed">
            {words.nothing}
          </Text>
        ) : (
          <TextInput
            label={words.fields['settingsName']}
            description={words.fields['settingsNameHint']}
            autoComplete="off"
            {...form.getInputProps('settings.name')}
          />
        )}
        {chosen.map((section) => (
          <SectionFields key={section.name} form={form} section={section} onRemove={() => remove(section.name)} />
        ))}
      </Stack>
    </Panel>
  );
}

function startOf(start: object, listOf: 'objects' | 'texts' | undefined): unknown {
  if (listOf === undefined) return structuredClone(start);
  return [listOf === 'texts' ? '' : {}];
}
