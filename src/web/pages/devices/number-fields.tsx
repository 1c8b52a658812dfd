import { SimpleGrid, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { texts } from '../../texts.ts';

const words = texts.devices.form;

/** By which the network knows a device. */
export function NumberFields<V extends { readonly msisdn: string; readonly imsi: string }>({
  form,
  isFirst = false,
}: {
  readonly form: UseFormReturnType<V>;
  /** Whether the form begins with them. */
  readonly isFirst?: boolean;
}) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <TextInput
        label={words.msisdn}
        description={words.msisdnHint}
        inputMode="tel"
        autoComplete="off"
        data-autofocus={isFirst || undefined}
        key={form.key('msisdn')}
        {...form.getInputProps('msisdn')}
      />
      <TextInput
        label={words.imsi}
        description={words.imsiHint}
        inputMode="numeric"
        autoComplete="off"
        key={form.key('imsi')}
        {...form.getInputProps('imsi')}
      />
    </SimpleGrid>
  );
}
