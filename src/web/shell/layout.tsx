import { ActionIcon, AppShell, Burger, Group, Kbd, NavLink, ScrollArea, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Icon } from '../parts/icon.tsx';
import { texts } from '../texts.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { NAVIGATION } from './navigation.ts';
import { SchemeMenu } from './scheme-menu.tsx';
import { ShortcutHelp } from './shortcut-help.tsx';
import { useFinder } from './use-finder.ts';
import { useShortcuts } from './use-shortcuts.ts';
import { UserMenu } from './user-menu.tsx';

const { nav, product } = texts.shell;

/** The frame of all pages: navigation beside them, or behind a burger where there is no room. */
export function Layout() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const [hasHelp, help] = useDisclosure(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const { open: find, Finder } = useFinder();
  useShortcuts(help.open, find);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever has chosen a page wants to see it
  useEffect(close, [path]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', md: 'xl' }}
    >
      <a className="skip-link" href="#content">
        {nav.skip}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? nav.close : nav.open}
              aria-expanded={isOpen}
            />
            <img src="/icon.svg" alt="" width={28} height={28} />
            <Text fw={650} truncate>
              {product}
            </Text>
          </Group>
          <Group gap={4} wrap="nowrap">
            <UnstyledButton
              className="finder-button"
              visibleFrom="sm"
              mr="xs"
              onClick={find}
              aria-keyshortcuts="Control+K"
            >
              <Icon name="search" size={16} />
              <span className="grow">{texts.shell.find.open}</span>
              <Kbd size="xs" aria-hidden="true">
                {texts.shell.find.key}
              </Kbd>
            </UnstyledButton>
            <ActionIcon size="lg" hiddenFrom="sm" aria-label={texts.shell.find.open} onClick={find}>
              <Icon name="search" />
            </ActionIcon>
            <SchemeMenu onKeys={help.open} />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label={nav.label} p="sm">
        <ScrollArea>
          {NAVIGATION.map(({ to, label, icon, key }) => (
            <NavLink
              key={to}
              renderRoot={(props) => <Link to={to} {...props} />}
              className="nav-link"
              label={label}
              leftSection={<Icon name={icon} />}
              rightSection={
                <span className="nav-keys" aria-hidden="true">
                  <Kbd size="xs">g</Kbd> <Kbd size="xs">{key}</Kbd>
                </span>
              }
              active={isAt(path, to)}
              {...(isAt(path, to) && { 'aria-current': 'page' as const })}
              mb={2}
            />
          ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <ConnectionBanner />
        <Outlet />
      </AppShell.Main>
      {Finder !== undefined && <Finder />}
      <ShortcutHelp opened={hasHelp} onClose={help.close} />
    </AppShell>
  );
}

/** Whether a page, or one below it, is shown. */
function isAt(path: string, to: string): boolean {
  return to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
}
