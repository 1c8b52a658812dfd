import { List, Text, ThemeIcon } from '@mantine/core';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import type { Outlook } from './what-next.ts';

const LOOKS = {
  plain: { colour: 'gray', icon: 'chevron' },
  warning: { colour: 'yellow', icon: 'alert' },
  good: { colour: 'green', icon: 'check' },
} as const;

/** What becomes of a campaign from here on. */
export function OutlookPanel({ outlooks }: { readonly outlooks: readonly Outlook[] }) {
  if (outlooks.length === 0) return null;
  return (
    <Panel title={texts.campaigns.next.title}>
      <List spacing={6} size="sm" center={false} aria-live="polite">
        {outlooks.map(({ tone, said, at }) => (
          <List.Item
            key={said}
            icon={
              <ThemeIcon size={20} radius="xl" variant="light" color={LOOKS[tone].colour}>
                <Icon name={LOOKS[tone].icon} size={12} />
              </ThemeIcon>
            }
          >
            <Text size="sm" {...(tone === 'warning' && { fw: 600 })}>
              {said}
              {at !== undefined && (
                <>
                  {' '}
                  <Instant at={at} />
                </>
              )}
            </Text>
          </List.Item>
        ))}
      </List>
    </Panel>
  );
}
