import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import type { Failure } from './campaign-types.ts';
import { failedDevicesQuery, failuresQuery } from './queries.ts';
import { FAILED_COLUMNS } from './targets-panel.tsx';

const words = texts.campaigns.one;

/** In which ways devices have failed, the most frequent first, with the devices behind each. */
export function Failures({ id, isOver }: { readonly id: string; readonly isOver: boolean }) {
  const { data, error, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery(failuresQuery(id, isOver));
  const failures = data?.pages.flatMap(({ items }) => items) ?? [];
  const most = Math.max(1, ...failures.map(({ devices }) => devices));
  return (
    <Panel title={words.failures} {...(failures.length > 0 && { hint: words.failuresHint })}>
      {error !== null && <ProblemAlert problem={error} onRetry={() => void refetch()} />}
      {data !== undefined && failures.length === 0 && (
        <Text size="sm" c="dimmed">
          {words.noFailures}
        </Text>
      )}
      <Stack>
        {failures.map((failure) => (
          <OneFailure key={failure.id} id={id} failure={failure} share={failure.devices / most} />
        ))}
        {hasNextPage && (
          <Button variant="default" onClick={() => void fetchNextPage()}>
            {texts.shell.actions.more}
          </Button>
        )}
      </Stack>
    </Panel>
  );
}

/** @param share of the most frequent one */
function OneFailure({
  id,
  failure,
  share,
}: {
  readonly id: string;
  readonly failure: Failure;
  readonly share: number;
}) {
  const [isOpen, setOpen] = useState(false);
  const { reason, command, locUri, status, meaning, devices } = failure;
  const label = words.reasons[reason] ?? reason;
  return (
    <section aria-label={label}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div className="failure">
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
          <div className="failure-bar" style={{ inlineSize: `${Math.max(share * 100, 1)}%` }} aria-hidden="true" />
        </div>
        <Button
          size="compact-sm"
          variant="default"
          className="badge-whole"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? words.hideDevices : words.showDevices}
        </Button>
      </Group>
      {isOpen && <FailedDevices id={id} failureId={failure.id} label={label} />}
    </section>
  );
}

function FailedDevices(props: { readonly id: string; readonly failureId: number; readonly label: string }) {
  const query = useInfiniteQuery(failedDevicesQuery(props.id, props.failureId));
  return (
    <PagedTable
      caption={props.label}
      query={query}
      columns={FAILED_COLUMNS}
      keyOf={({ deviceId }) => deviceId}
      empty={null}
      minWidth={480}
    />
  );
}
