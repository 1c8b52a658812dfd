import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Page } from '../../parts/page.tsx';
import { texts } from '../../texts.ts';

const words = texts.links;
const TABS = { links: '/links', incoming: '/links/incoming' } as const;

/** What the pages about links have in common. */
export function LinksFrame({
  tab,
  actions,
  children,
}: {
  readonly tab: keyof typeof TABS;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  const navigate = useNavigate();
  return (
    <Page title={words.title} actions={actions}>
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ to: next === 'incoming' ? TABS.incoming : TABS.links })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {(['links', 'incoming'] as const).map((name) => (
            <Tabs.Tab key={name} value={name}>
              {words.tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab}>{children}</Tabs.Panel>
      </Tabs>
    </Page>
  );
}
