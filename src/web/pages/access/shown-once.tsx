import { Button, CopyButton, Group, TextInput } from '@mantine/core';
import { Icon } from '../../parts/icon.tsx';
import { texts } from '../../texts.ts';

const { actions } = texts.shell;

/** A secret that is shown this once, to be copied. */
export function ShownOnce({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <TextInput
        label={label}
        readOnly
        value={value}
        flex={1}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        onFocus={({ currentTarget }) => currentTarget.select()}
      />
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button
            variant="default"
            onClick={copy}
            leftSection={<Icon name={copied ? 'check' : 'copy'} size={16} />}
            aria-live="polite"
          >
            {copied ? actions.copied : actions.copy}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
