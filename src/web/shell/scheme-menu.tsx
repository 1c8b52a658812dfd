import { ActionIcon, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Icon, type IconName } from '../parts/icon.tsx';
import { texts } from '../texts.ts';

const { scheme, keys } = texts.shell;
const CHOICES: readonly ['auto' | 'light' | 'dark', IconName][] = [
  ['auto', 'system'],
  ['light', 'sun'],
  ['dark', 'moon'],
];

/** Light or dark, and the way to the list of keys. */
export function SchemeMenu({ onKeys }: { readonly onKeys: () => void }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const computed = useComputedColorScheme('light');
  return (
    <>
      <ActionIcon size="lg" aria-label={keys.open} onClick={onKeys} visibleFrom="sm">
        <Icon name="keyboard" />
      </ActionIcon>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon size="lg" aria-label={scheme.label}>
            <Icon name={computed === 'dark' ? 'moon' : 'sun'} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {CHOICES.map(([name, icon]) => (
            <Menu.Item
              key={name}
              leftSection={<Icon name={icon} size={16} />}
              rightSection={colorScheme === name ? <Icon name="check" size={16} /> : undefined}
              onClick={() => setColorScheme(name)}
            >
              {scheme[name]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
