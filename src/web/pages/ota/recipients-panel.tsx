import { NumberInput, SegmentedControl, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { ReactNode } from 'react';
import { DeviceChoice } from '../../parts/device-choice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { type OtaValues, SECURITY_NAMES, takesPin } from '../../parts/settings/ota-values.ts';
import { texts } from '../../texts.ts';

const words = texts.ota;

/** To whom it goes, how the phone proves that it comes from here, and the button. */
export function RecipientsPanel({
  form,
  children,
}: {
  readonly form: UseFormReturnType<OtaValues>;
  readonly children: ReactNode;
}) {
  const {
    to,
    recipients,
    security: { type },
  } = form.getValues();
  const count = countOf(recipients);
  return (
    <Panel title={words.to}>
      <Stack>
        <SegmentedControl
          aria-label={words.toWhom}
          data={Object.entries(words.toKinds).map(([value, label]) => ({ value, label }))}
          {...form.getInputProps('to')}
        />
        {to === 'numbers' ? (
          <div>
            <Textarea
              label={words.recipients}
              description={words.recipientsHint}
              placeholder={words.recipientsExample}
              required
              autosize
              minRows={2}
              maxRows={10}
              spellCheck={false}
              {...form.getInputProps('recipients')}
            />
            {count !== undefined && (
              <Text size="xs" c="dimmed" mt={4}>
                {words.counted(count)}
              </Text>
            )}
          </div>
        ) : (
          <DeviceChoice
            label={words.device}
            description={words.deviceHint}
            required
            {...form.getInputProps('deviceId')}
          />
        )}
        <Select
          label={words.pinType}
          description={words.pinTypeHint}
          inputWrapperOrder={ORDER}
          data={SECURITY_NAMES.map((value) => ({ value, label: words.pinTypes[value] }))}
          allowDeselect={false}
          {...form.getInputProps('security.type')}
        />
        {takesPin(type) && (
          <TextInput
            label={words.pin}
            description={words.pinHint}
            inputWrapperOrder={ORDER}
            inputMode="numeric"
            autoComplete="off"
            {...form.getInputProps('security.pin')}
          />
        )}
        {(type === 'NETWPIN' || type === 'USERNETWPIN') && (
          <Text size="sm" c="dimmed">
            {words.imsiHint}
          </Text>
        )}
        <details>
          <summary>{words.more}</summary>
          <SimpleGrid cols={{ base: 1, xs: 2 }} mt="xs">
            <NumberInput
              label={words.priority}
              description={words.priorityHint}
              inputWrapperOrder={ORDER}
              min={0}
              max={9}
              {...form.getInputProps('priority')}
            />
            <TextInput
              type="datetime-local"
              label={words.expiresAt}
              description={words.expiresAtHint}
              inputWrapperOrder={ORDER}
              {...form.getInputProps('expiresAt')}
            />
          </SimpleGrid>
        </details>
        {children}
      </Stack>
    </Panel>
  );
}

/** Fields beside one another stand in a line when what explains them comes after. */
const ORDER: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'description', 'error'];

/** Of numbers separated by commas; undefined where it looks like CSV, and where there are none. */
function countOf(recipients: string): number | undefined {
  if (/msisdn|deviceid/i.test(recipients.split('\n', 1)[0] ?? '')) return undefined;
  const count = recipients.split(/[,;\n]/).filter((one) => one.trim() !== '').length;
  return count === 0 ? undefined : count;
}
