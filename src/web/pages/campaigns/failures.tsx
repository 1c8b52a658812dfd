import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Instant } from '../../parts/instant.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import { type Failure, failedDevicesQuery, failuresQuery, type Target } from './queries.ts';

const words = texts.campaigns.one;

/** In which ways devices have failed, the most frequent first, with the devices behind each. */
export function Failures({ id }: { readonly id: string }) {
  const { data, hasNextPage, fetchNextPage } = useInfiniteQuery(failuresQuery(id));
  const failures = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Panel title={words.failures}>
      {failures.length === 0 ? (
        <Text size="sm" c="dimmed">
          {words.noFailures}
        </Text>
      ) : (
        <Stack>
          {failures.map((failure) => (
            <OneFailure key={failure.id} id={id} failure={failure} />
          ))}
          {hasNextPage && (
            <Button variant="default" onClick={() => void fetchNextPage()}>
              {texts.shell.actions.more}
            </Button>
          )}
        </Stack>
      )}
    </Panel>
  );
}

function OneFailure({ id, failure }: { readonly id: string; readonly failure: Failure }) {
  const [isOpen, setOpen] = useState(false);
  const { reason, command, locUri, status, meaning, devices } = failure;
  const label = words.reasons[reason] ?? reason;
  return (
    <section aria-label={label}>
      <Group justify="space-between">
        <div>
          <Text fw={600} size="sm">
            {label} · {words.devices(devices)}
          </Text>
          {command !== undefined && (
            <Text size="sm" c="dimmed" className="breaks-anywhere">
              <Code>
                {command} {locUri}
              </Code>{' '}
              {status} {meaning}
            </Text>
          )}
        </div>
        <Button size="compact-sm" variant="default" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? words.hideDevices : words.showDevices}
        </Button>
      </Group>
      {isOpen && <FailedDevices id={id} failureId={failure.id} label={label} />}
    </section>
  );
}

const COLUMNS: readonly Column<Target>[] = [
  { label: words.device, render: ({ deviceId }) => <Code>{deviceId}</Code> },
  { label: texts.campaigns.wizard.waves, render: ({ wave }) => wave },
  { label: words.attempts, render: ({ attempt }) => attempt },
  { label: words.since, render: ({ at }) => <Instant at={at} /> },
];

function FailedDevices(props: { readonly id: string; readonly failureId: number; readonly label: string }) {
  const query = useInfiniteQuery(failedDevicesQuery(props.id, props.failureId));
  return (
    <PagedTable
      caption={props.label}
      query={query}
      columns={COLUMNS}
      keyOf={({ deviceId }) => deviceId}
      empty={null}
      minWidth={480}
    />
  );
}
