import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMay } from '../../api/session.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Page } from '../../parts/page.tsx';
import { texts } from '../../texts.ts';

const words = texts.access;
const TABS = { users: '/access', keys: '/access/keys', audit: '/access/audit' } as const;

/** What the pages about access have in common: their tabs, and that they are for admins. */
export function AccessFrame({
  tab,
  actions,
  children,
}: {
  readonly tab: keyof typeof TABS;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  const navigate = useNavigate();
  const may = useMay('admin');
  return (
    <Page title={words.title} actions={may ? actions : undefined}>
      {may ? (
        <Tabs
          value={tab}
          onChange={(next) => void navigate({ to: TABS[(next ?? 'users') as keyof typeof TABS] })}
          keepMounted={false}
        >
          <Tabs.List mb="md">
            {(['users', 'keys', 'audit'] as const).map((name) => (
              <Tabs.Tab key={name} value={name}>
                {words.tabs[name]}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value={tab}>{children}</Tabs.Panel>
        </Tabs>
      ) : (
        <EmptyState icon="access" title={words.onlyAdmins} hint={words.onlyAdminsHint} />
      )}
    </Page>
  );
}
