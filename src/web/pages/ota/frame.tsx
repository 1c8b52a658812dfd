import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMay } from '../../api/session.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Page } from '../../parts/page.tsx';
import { texts } from '../../texts.ts';

const words = texts.ota;
const TABS = { settings: '/ota', document: '/ota/document', sent: '/ota/sent' } as const;
type TabName = keyof typeof TABS;

/** What the pages about OTA settings have in common; sending is for operators. */
export function OtaFrame({ tab, children }: { readonly tab: TabName; readonly children: ReactNode }) {
  const navigate = useNavigate();
  const may = useMay('operator');
  return (
    <Page title={words.title}>
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ to: TABS[(next ?? 'settings') as TabName] })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {(['settings', 'document', 'sent'] as const).map((name) => (
            <Tabs.Tab key={name} value={name}>
              {words.tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab}>
          {may || tab === 'sent' ? (
            children
          ) : (
            <EmptyState icon="ota" title={words.onlyOperators} hint={words.onlyOperatorsHint} />
          )}
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
