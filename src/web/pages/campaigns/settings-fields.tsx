import { Chip, Group, Stack, Text } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { OtaValues } from '../../parts/settings/ota-values.ts';
import { SectionFields } from '../../parts/settings/section-fields.tsx';
import { SECTIONS } from '../../parts/settings/settings-fields.ts';
import { texts } from '../../texts.ts';
import type { StepProps } from './step-props.ts';

/** The form for OTA settings, section by section. Loaded when somebody types settings into a campaign. */
export default function SettingsFields({ form }: Pick<StepProps, 'form'>) {
  const { settings } = form.getValues();
  const chosen = SECTIONS.filter(({ name }) => settings[name] !== undefined);
  const choose = (names: readonly string[]): void => {
    const added = SECTIONS.filter(({ name }) => names.includes(name)).map(({ name, start, listOf }) => {
      const begun = listOf === undefined ? structuredClone(start) : [listOf === 'texts' ? '' : {}];
      return [name, settings[name] ?? begun] as const;
    });
    form.setFieldValue('settings', { name: settings.name, ...Object.fromEntries(added) });
  };
  return (
    <Stack maw={640}>
      <Chip.Group multiple value={chosen.map(({ name }) => name)} onChange={choose}>
        <Group gap="xs" role="group" aria-label={texts.ota.choose}>
          {SECTIONS.map(({ name }) => (
            <Chip key={name} value={name} size="sm" variant="light">
              {texts.ota.sections[name]}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      {chosen.length === 0 && (
        <Text size="sm" c="dimmed">
          {texts.ota.nothing}
        </Text>
      )}
      {chosen.map((section) => (
        <div key={section.name} data-path={`settings.${section.name}`}>
          <SectionFields
            form={form as unknown as UseFormReturnType<OtaValues>}
            section={section}
            onRemove={() => choose(chosen.map(({ name }) => name).filter((name) => name !== section.name))}
          />
          {form.errors[`settings.${section.name}`] !== undefined && (
            <Text size="xs" c="var(--mantine-color-error)" mt={4}>
              {form.errors[`settings.${section.name}`]}
            </Text>
          )}
        </div>
      ))}
    </Stack>
  );
}
