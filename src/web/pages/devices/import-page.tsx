import { Badge, Button, Code, FileButton, Group, Progress, Select, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { type DeviceImport, importQuery, importsQuery, isUnderWay, refusalsQuery } from './queries.ts';
import { sendFile } from './send-file.ts';

const words = texts.devices.imports;
type Policy = DeviceImport['policy'];

const COLOURS: Readonly<Record<DeviceImport['state'], string>> = {
  receiving: 'gray',
  queued: 'gray',
  running: 'brand',
  completed: 'green',
  failed: 'red',
};

/** A file of devices goes in; what became of it, and of those before it. */
export function Page() {
  const { id } = useSearch({ from: '/devices/import' });
  return (
    <Frame title={words.title} hint={words.hint}>
      <Upload />
      {id !== undefined && <OneImport key={id} id={id} />}
      <Earlier />
    </Frame>
  );
}

function Upload() {
  const navigate = useNavigate({ from: '/devices/import' });
  const queries = useQueryClient();
  const [policy, setPolicy] = useState<Policy>('upsert');
  const [sending, setSending] = useState<{ readonly name: string; readonly percent: number }>();
  const [problem, setProblem] = useState<unknown>();
  const [isOver, setOver] = useState(false);
  const send = async (file: File | null | undefined): Promise<void> => {
    if (file === null || file === undefined || sending !== undefined) return;
    setProblem(undefined);
    setSending({ name: file.name, percent: 0 });
    try {
      const made = await sendFile(file, policy, (share) =>
        setSending({ name: file.name, percent: Math.round(share * 100) }),
      );
      void queries.invalidateQueries({ queryKey: ['imports'] });
      await navigate({ search: { id: made.id } });
    } catch (error) {
      setProblem(error);
    } finally {
      setSending(undefined);
    }
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: it is no group of fields, only where files may be dropped
    <div
      role="group"
      aria-label={words.title}
      className="drop-target"
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void send(event.dataTransfer.files[0]);
      }}
    >
      <Panel>
        <Stack>
          <Select
            label={words.policy}
            maw={360}
            allowDeselect={false}
            data={(Object.keys(words.policies) as Policy[]).map((value) => ({ value, label: words.policies[value] }))}
            value={policy}
            onChange={(next) => setPolicy((next ?? 'upsert') as Policy)}
          />
          <Group gap="xs">
            <Icon name="upload" />
            <Text size="sm">{words.drop}</Text>
            <FileButton onChange={(file) => void send(file)} accept=".csv,.ndjson,.jsonl,.gz,text/csv">
              {(props) => (
                <Button {...props} size="compact-sm" variant="light" loading={sending !== undefined}>
                  {words.choose}
                </Button>
              )}
            </FileButton>
          </Group>
          {sending !== undefined && (
            <div>
              <Text size="sm" mb={4}>
                {words.uploading(sending.name, sending.percent)}
              </Text>
              <Progress aria-label={words.uploading(sending.name, sending.percent)} value={sending.percent} />
            </div>
          )}
          <ProblemAlert problem={problem} />
          <Text size="xs" c="dimmed">
            {words.example} <Code className="breaks-anywhere">{words.columns}</Code>
          </Text>
        </Stack>
      </Panel>
    </div>
  );
}

function OneImport({ id }: { readonly id: string }) {
  const { data, error } = useQuery(importQuery(id));
  if (data === undefined) return <ProblemAlert problem={error} />;
  const percent = data.size === 0 ? 0 : Math.round((100 * data.position) / data.size);
  return (
    <>
      <Panel>
        <Stack gap="sm">
          <Group gap="lg">
            <Badge variant="light" color={COLOURS[data.state]}>
              {words.state[data.state]}
            </Badge>
            <Outcome one={data} />
            <Text size="sm" c="dimmed">
              {words.by(data.createdBy)} <Instant at={data.createdAt} />
            </Text>
          </Group>
          <Progress
            aria-label={words.progress}
            value={data.state === 'completed' ? 100 : percent}
            animated={isUnderWay(data)}
            color={COLOURS[data.state]}
          />
          {data.reason !== undefined && (
            <Text size="sm" c="red">
              {data.reason}
            </Text>
          )}
        </Stack>
      </Panel>
      {data.refused > 0 && <Refused id={id} count={data.refused} />}
    </>
  );
}

function Outcome({ one }: { readonly one: DeviceImport }) {
  return (
    <Group gap="md">
      {(['created', 'updated', 'unchanged', 'refused'] as const)
        .filter((name) => one[name] > 0 || name === 'created')
        .map((name) => (
          <Text key={name} size="sm" {...(name === 'refused' && { c: 'var(--mantine-color-error)' })}>
            <b>{one[name].toLocaleString('en')}</b> {words.counts[name]}
          </Text>
        ))}
    </Group>
  );
}

function Refused({ id, count }: { readonly id: string; readonly count: number }) {
  const query = useInfiniteQuery(refusalsQuery(id, count));
  return (
    <Panel
      title={words.refused}
      p={0}
      pt="md"
      aside={
        <a href={`/api/v1/imports/${id}/report`} download>
          {words.report}
        </a>
      }
    >
      <PagedTable
        caption={words.refused}
        query={query}
        keyOf={({ line }) => String(line)}
        columns={[
          { label: words.line, width: 90, render: ({ line }) => line },
          { label: texts.devices.device, render: ({ deviceId }) => deviceId },
          { label: words.reason, render: ({ reason }) => reason },
        ]}
        empty={null}
      />
    </Panel>
  );
}

const COLUMNS: readonly Column<DeviceImport>[] = [
  {
    label: words.when,
    render: ({ id, createdAt, createdBy }) => (
      <>
        <Link to="/devices/import" search={{ id }}>
          <Instant at={createdAt} />
        </Link>{' '}
        <Text span size="xs" c="dimmed">
          {words.by(createdBy)}
        </Text>
      </>
    ),
  },
  {
    label: texts.devices.history.state,
    render: ({ state }) => (
      <Badge variant="light" color={COLOURS[state]}>
        {words.state[state]}
      </Badge>
    ),
  },
  { label: words.outcome, render: (one) => <Outcome one={one} /> },
];

function Earlier() {
  const query = useInfiniteQuery(importsQuery);
  return (
    <Panel title={words.earlier} p={0} pt="md">
      <PagedTable
        caption={words.earlier}
        query={query}
        columns={COLUMNS}
        keyOf={({ id }) => id}
        empty={<EmptyState icon="upload" title={words.none} hint={words.noneHint} />}
      />
    </Panel>
  );
}
