import { Group, Kbd, Modal, Stack, Text } from '@mantine/core';
import { texts } from '../texts.ts';
import { NAVIGATION } from './navigation.ts';

const { keys } = texts.shell;

/** Every key the page knows. */
export function ShortcutHelp({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const rows: readonly [label: string, pressed: readonly string[]][] = [
    [keys.find, ['Ctrl', 'k']],
    [keys.search, ['/']],
    [keys.help, ['?']],
    ...NAVIGATION.map(({ label, key }): [string, readonly string[]] => [keys.goTo(label), ['g', key]]),
  ];
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={keys.title}
      closeButtonProps={{ 'aria-label': texts.shell.actions.close }}
    >
      <Stack gap="xs">
        {rows.map(([label, pressed]) => (
          <Group key={label} justify="space-between">
            <Text size="sm">{label}</Text>
            <Group gap={4}>
              {pressed.map((key, place) => (
                <Group gap={4} key={key}>
                  {place > 0 && pressed[0] !== 'Ctrl' && (
                    <Text size="xs" c="dimmed">
                      {keys.between}
                    </Text>
                  )}
                  <Kbd>{key}</Kbd>
                </Group>
              ))}
            </Group>
          </Group>
        ))}
      </Stack>
    </Modal>
  );
}
