import { ActionIcon, Alert, Badge, Button, Group, Menu, SimpleGrid, Stack, Text, Tooltip } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toastFault } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import type { SmsLink } from './link-values.ts';
import type { LinkProbe } from './queries.ts';
import { Sparkline } from './sparkline.tsx';
import { type LinkCourse, unansweredOf } from './use-link-course.ts';

const words = texts.links;
const COLOURS = { bound: 'green', connecting: 'yellow', waiting: 'red', closed: 'gray' } as const;
const rateFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** One link: its settings in short, its window and throughput, and its binds in every process. */
export function LinkCard({
  link,
  course: { rates, unanswered: pastUnanswered },
  onEdit,
  onRemove,
  onChanged,
}: {
  readonly link: SmsLink;
  /** What it has done since the page is open. */
  readonly course: LinkCourse;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
  readonly onChanged: () => unknown;
}) {
  const { id, name, enabled, origin, processes } = link;
  const may = useMay('admin');
  const [probe, setProbe] = useState<LinkProbe>();
  const [problem, setProblem] = useState<unknown>();
  const [isTesting, setTesting] = useState(false);
  const test = async (): Promise<void> => {
    setTesting(true);
    setProbe(undefined);
    setProblem(undefined);
    try {
      setProbe(await dataOf(api.POST('/api/v1/links/{id}/test', { params: { path: { id } } })));
    } catch (error) {
      setProblem(error);
    } finally {
      setTesting(false);
    }
  };
  const switchTo = async (next: boolean): Promise<void> => {
    try {
      await api.PATCH('/api/v1/links/{id}', { params: { path: { id } }, body: { enabled: next } });
      await onChanged();
    } catch (error) {
      toastFault(error);
    }
  };
  const binds = processes.flatMap((process) => process.binds);
  const unanswered = unansweredOf(link);
  const rate = rates.at(-1);
  const places = binds.filter(({ role }) => role !== 'receiver').length * link.window;
  return (
    <Panel
      title={name}
      aside={
        <Group gap="xs" wrap="nowrap">
          <StateBadge link={link} />
          {may && (
            <Button size="compact-sm" variant="default" loading={isTesting} onClick={() => void test()}>
              {words.test}
            </Button>
          )}
          {may && (
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon aria-label={texts.shell.actions.actionsOf(name)}>
                  <Icon name="dots" />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                {origin === 'environment' ? (
                  <Menu.Label maw={220}>{words.fromEnvironmentHint}</Menu.Label>
                ) : (
                  <>
                    <Menu.Item leftSection={<Icon name="edit" size={16} />} onClick={onEdit}>
                      {words.edit}
                    </Menu.Item>
                    <Menu.Item
                      leftSection={<Icon name={enabled ? 'pause' : 'play'} size={16} />}
                      onClick={() => void switchTo(!enabled)}
                    >
                      {enabled ? words.disable : words.enable}
                    </Menu.Item>
                    <Menu.Item color="red" leftSection={<Icon name="trash" size={16} />} onClick={onRemove}>
                      {words.remove}
                    </Menu.Item>
                  </>
                )}
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      }
    >
      <Stack>
        <SimpleGrid cols={{ base: 2, md: 4 }}>
          <Fact label={words.address}>
            {link.host}:{link.port}
            {link.tls && ' · TLS'}
          </Fact>
          <Fact label={words.account}>
            {link.systemId}
            {origin === 'environment' && (
              <Text size="xs" c="dimmed">
                {words.fromEnvironment}
              </Text>
            )}
          </Fact>
          <Fact label={words.window}>
            <Text size="sm">{words.windowHint(unanswered, places)}</Text>
            <Sparkline
              values={pastUnanswered}
              top={places}
              summary={words.windowCourse(Math.max(0, ...pastUnanswered))}
            />
          </Fact>
          <Fact label={words.throughput}>
            <Tooltip label={words.throughputHint} multiline maw={280}>
              <span>
                {rate === undefined ? words.counting : words.perSecond(rateFormat.format(rate))}{' '}
                <Text span size="xs" c="dimmed">
                  {words.limit(link.ratePerSecond)}
                </Text>
              </span>
            </Tooltip>
            <Sparkline
              values={rates}
              top={link.ratePerSecond}
              summary={words.rateCourse(rateFormat.format(Math.max(0, ...rates)))}
            />
          </Fact>
        </SimpleGrid>
        <Text size="sm">
          <Text span c="dimmed">
            {words.prefixes}{' '}
          </Text>
          {link.prefixes.length === 0 ? words.everyNumber : link.prefixes.join(', ')}
          {link.weight === 0 && ` · ${words.lastResort}`}
          {link.destRules.length > 0 && ` · ${words.ruleCount(link.destRules.length)}`}
        </Text>
        {enabled && <Processes link={link} />}
        <div aria-live="polite" className="hides-when-empty">
          <ProblemAlert problem={problem} />
          {probe !== undefined && (
            <Alert
              color={probe.ok ? 'green' : 'red'}
              icon={<Icon name={probe.ok ? 'check' : 'alert'} />}
              title={probe.ok ? words.testGood(probe.durationMs) : words.testBad}
              withCloseButton
              closeButtonLabel={texts.shell.actions.close}
              onClose={() => setProbe(undefined)}
            >
              {probe.ok ? words.testGoodHint : sentence(probe.detail)}
            </Alert>
          )}
        </div>
      </Stack>
    </Panel>
  );
}

/** A log's words as a sentence. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function StateBadge({ link: { enabled, status, processes } }: { readonly link: SmsLink }) {
  if (!enabled) {
    return (
      <Badge variant="light" color="gray">
        {words.off}
      </Badge>
    );
  }
  const state = status?.state ?? processes.find((one) => one.state === 'bound')?.state ?? processes[0]?.state;
  return (
    <Badge variant="light" color={state === undefined ? 'gray' : COLOURS[state]}>
      {words.states[state ?? 'unused']}
    </Badge>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm" component="div" className="breaks-anywhere">
        {children}
      </Text>
    </div>
  );
}

/** @param process host, process id and a name that is new at every start, with blanks between them */
function processName(process: string): [host: string, pid: string] {
  const [host = '', pid = ''] = process.split(' ');
  return [host, pid];
}

function Processes({ link: { processes } }: { readonly link: SmsLink }) {
  if (processes.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {words.noProcess}
      </Text>
    );
  }
  return (
    <Stack gap="xs" component="ul" m={0} p={0} aria-label={words.processes}>
      {processes.map(({ process, seenAt, state, binds }) => (
        <Group key={process} component="li" gap="xs" align="flex-start" className="plain-item">
          <div>
            <Text size="sm" ff="monospace" className="breaks-anywhere">
              {words.processOf(...processName(process))}
            </Text>
            <Text size="xs" c="dimmed" component="div">
              {words.seen} <Instant at={seenAt} />
            </Text>
          </div>
          <Group gap={6}>
            {binds.length === 0 && <Badge color={COLOURS[state]}>{words.states[state]}</Badge>}
            {binds.map((bind, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a bind has nothing but its place
              <Stack key={place} gap={2}>
                <Badge variant="light" color={COLOURS[bind.state]}>
                  {words.roles[bind.role]} · {words.states[bind.state]} · {words.unanswered(bind.unanswered)}
                </Badge>
                {bind.fault !== undefined && bind.state !== 'bound' && (
                  <Text size="xs" c="var(--mantine-color-error)">
                    {sentence(bind.fault)}
                  </Text>
                )}
              </Stack>
            ))}
          </Group>
        </Group>
      ))}
    </Stack>
  );
}
