import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Group,
  Menu,
  Progress,
  SimpleGrid,
  Stack,
  Text,
  Tooltip,
} from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toastFault } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import type { LinkProbe, SmsLink } from './queries.ts';

const words = texts.links;
const COLOURS = { bound: 'green', connecting: 'yellow', waiting: 'red', closed: 'gray' } as const;
const rateFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** One link: its settings in short, its window and throughput, and its binds in every process. */
export function LinkCard({
  link,
  rate,
  onEdit,
  onRemove,
  onChanged,
}: {
  readonly link: SmsLink;
  /** Short messages a second; undefined while that is not known. */
  readonly rate: number | undefined;
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
  const unanswered = binds.reduce((sum, bind) => sum + bind.unanswered, 0);
  const places = binds.filter(({ role }) => role !== 'receiver').length * link.window;
  return (
    <Panel
      title={name}
      aside={
        <Group gap="xs" wrap="nowrap">
          <StateBadge link={link} />
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
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
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
            <Progress
              mt={6}
              value={places === 0 ? 0 : (unanswered / places) * 100}
              aria-label={words.windowHint(unanswered, places)}
            />
          </Fact>
          <Fact label={words.throughput}>
            <Tooltip label={words.throughputHint} multiline maw={280}>
              <span>
                {rate === undefined ? words.counting : words.perSecond(rateFormat.format(rate))}
                <Text size="xs" c="dimmed">
                  {words.limit(link.ratePerSecond)}
                </Text>
              </span>
            </Tooltip>
          </Fact>
        </SimpleGrid>
        <Text size="sm">
          <Text span c="dimmed">
            {words.prefixes}{' '}
          </Text>
          {link.prefixes.length === 0 ? words.everyNumber : link.prefixes.join(', ')}
        </Text>
        {enabled && <Processes link={link} />}
        {may && (
          <div>
            <Button size="compact-sm" variant="default" loading={isTesting} onClick={() => void test()}>
              {words.test}
            </Button>
          </div>
        )}
        <div aria-live="polite">
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
              {probe.detail}
            </Alert>
          )}
        </div>
      </Stack>
    </Panel>
  );
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
              {process.split(' ').slice(0, 2).join(' ')}
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
                    {bind.fault}
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
