import { Button, Group, Select, SimpleGrid, Skeleton, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { useMay } from '../../api/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { DeliveryStateBadge } from '../../parts/delivery-state.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { TreeView, type ViewNode } from '../../parts/tree-view.tsx';
import { texts } from '../../texts.ts';
import { Facts } from './facts.tsx';
import { NODE_FORMATS, type NodeFormat, type NodeOrder, orderNode } from './node-order.ts';

type DeviceTree = components['schemas']['DeviceTree'];
type NodeValue = components['schemas']['NodeValue'];

const words = texts.devices.tree;
const NODES_AT_ONCE = '1000';
/** While an order is under way. */
const ASKED_EVERY_MS = 1_500;
const OPEN: readonly string[] = ['queued', 'triggered', 'delivering'];

/** The tree of a device as it was last told, and what can be done at one node of it. */
export function TreeTab({ deviceId, canBeCalled }: { readonly deviceId: string; readonly canBeCalled: boolean }) {
  const [locUri, setLocUri] = useState('');
  const [problem, setProblem] = useState<unknown>();
  const mayChange = useMay('operator');
  const query = useInfiniteQuery({
    queryKey: ['tree', deviceId],
    queryFn: ({ pageParam, signal }: { pageParam: string | undefined; signal: AbortSignal }) =>
      // Its other form is for programs.
      dataOf<DeviceTree>(
        api.GET('/api/v1/devices/{deviceId}/tree', {
          params: {
            path: { deviceId },
            query: { limit: NODES_AT_ONCE, ...(pageParam !== undefined && { cursor: pageParam }) },
          },
          signal,
        }) as Promise<{ data?: DeviceTree; response: Response }>,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const nodes = useMemo(() => query.data?.pages.flatMap((page) => page.nodes) ?? [], [query.data]);
  const view = useMemo(() => treeOf(nodes), [nodes]);
  const explore = async (): Promise<void> => {
    setProblem(undefined);
    try {
      await api.POST('/api/v1/devices/{deviceId}/discovery', { params: { path: { deviceId } }, body: {} });
      toast(words.exploring);
    } catch (error) {
      setProblem(error);
    }
  };
  const exploring = mayChange && (
    <Button size="compact-sm" variant="light" onClick={() => void explore()}>
      {words.explore}
    </Button>
  );
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Panel title={words.title} hint={words.hint} aside={nodes.length > 0 && exploring}>
        <ProblemAlert problem={problem ?? query.error} />
        {query.isPending ? (
          <Skeleton h={200} />
        ) : nodes.length === 0 ? (
          <EmptyState icon="device" title={words.empty} hint={words.emptyHint}>
            {exploring}
          </EmptyState>
        ) : (
          <TreeView label={words.title} nodes={view} unfolded={unfoldedAtFirst(view)} onSelect={setLocUri} />
        )}
        {query.hasNextPage && (
          <Button mt="sm" variant="default" onClick={() => void query.fetchNextPage()}>
            {words.more}
          </Button>
        )}
      </Panel>
      <NodePanel
        deviceId={deviceId}
        locUri={locUri}
        onLocUri={setLocUri}
        known={nodes.find((node) => node.locUri === locUri)}
        canBeCalled={canBeCalled}
      />
    </SimpleGrid>
  );
}

interface Growing {
  readonly id: string;
  readonly name: string;
  known?: NodeValue;
  readonly children: Map<string, Growing>;
}

function treeOf(nodes: readonly NodeValue[]): readonly ViewNode[] {
  const top: Growing = { id: '', name: '', children: new Map() };
  for (const node of nodes) {
    let at = top;
    for (const name of node.locUri.split('/')) {
      let child = at.children.get(name);
      if (child === undefined) {
        child = { id: at === top ? name : `${at.id}/${name}`, name, children: new Map() };
        at.children.set(name, child);
      }
      at = child;
    }
    at.known = node;
  }
  return [...top.children.values()].map(viewOf);
}

function viewOf({ id, name, known, children }: Growing): ViewNode {
  return {
    id,
    content: (
      <Group gap={8} wrap="nowrap">
        <Text span className="mono" fw={known === undefined || children.size > 0 ? 600 : 400}>
          {name}
        </Text>
        {known?.value !== undefined && (
          <Text span className="mono" c="dimmed" maw={260} truncate>
            {known.value}
          </Text>
        )}
        {known?.object !== undefined && (
          <Text span size="xs" c="dimmed">
            {words.object(known.object.size)}
          </Text>
        )}
        {known !== undefined && children.size === 0 && (
          <Text span size="xs" c="dimmed">
            <Instant at={known.at} />
          </Text>
        )}
      </Group>
    ),
    children: [...children.values()].map(viewOf),
  };
}

/** Small trees whole, of large ones the first two levels. */
function unfoldedAtFirst(view: readonly ViewNode[]): '*' | string[] {
  return countOf(view) <= 60 ? '*' : view.flatMap(({ id, children }) => [id, ...children.map((child) => child.id)]);
}

function countOf(view: readonly ViewNode[]): number {
  return view.reduce((sum, { children }) => sum + 1 + countOf(children), 0);
}

function NodePanel({
  deviceId,
  locUri,
  onLocUri,
  known,
  canBeCalled,
}: {
  readonly deviceId: string;
  readonly locUri: string;
  readonly onLocUri: (locUri: string) => void;
  readonly known: NodeValue | undefined;
  readonly canBeCalled: boolean;
}) {
  const queries = useQueryClient();
  const mayChange = useMay('operator');
  const [value, setValue] = useState('');
  const [format, setFormat] = useState<NodeFormat>('chr');
  const [isNew, setNew] = useState(false);
  const [isCalled, setCalled] = useState(canBeCalled);
  const [isRunning, running] = useDisclosure(false);
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [ordered, setOrdered] = useState<string>();
  const order = async (what: NodeOrder): Promise<void> => {
    setSending(true);
    setProblem(undefined);
    try {
      setOrdered(await orderNode(deviceId, what, isCalled));
      void queries.invalidateQueries({ queryKey: ['deliveries'] });
    } finally {
      setSending(false);
    }
  };
  const orderHere = (what: NodeOrder): void => void order(what).catch(setProblem);
  return (
    <Panel title={words.node} hint={words.nodeHint}>
      <Stack>
        <TextInput
          aria-label={words.node}
          className="mono"
          placeholder="./DevInfo/Man"
          spellCheck={false}
          value={locUri}
          onChange={({ currentTarget }) => onLocUri(currentTarget.value)}
        />
        {known !== undefined && (
          <Facts
            facts={[
              [
                words.known,
                <span key="value" className="mono">
                  {known.value ?? words.noValue}
                </span>,
              ],
              [words.format, known.format],
              [words.age, <Instant key="at" at={known.at} />],
              ...Object.entries(known.properties ?? {}).map(
                ([name, property]) =>
                  [
                    name,
                    <span key={name} className="mono">
                      {property.value}
                    </span>,
                  ] as const,
              ),
            ]}
          />
        )}
        {mayChange && (
          <>
            <Switch
              label={words.trigger}
              checked={isCalled}
              disabled={!canBeCalled}
              onChange={({ currentTarget }) => setCalled(currentTarget.checked)}
            />
            <Group>
              <Button
                loading={isSending}
                disabled={locUri === ''}
                onClick={() => orderHere({ command: 'Get', locUri })}
              >
                {words.read}
              </Button>
              <Button variant="default" disabled={locUri === ''} onClick={running.open}>
                {words.run}
              </Button>
            </Group>
            <Textarea
              label={words.value}
              className="mono"
              autosize
              maxRows={8}
              value={value}
              onChange={({ currentTarget }) => setValue(currentTarget.value)}
            />
            <Group align="flex-end">
              <Select
                label={words.format}
                w={120}
                allowDeselect={false}
                data={[...NODE_FORMATS]}
                value={format}
                onChange={(next) => setFormat((next ?? 'chr') as NodeFormat)}
              />
              <Switch
                label={words.add}
                mb={8}
                checked={isNew}
                onChange={({ currentTarget }) => setNew(currentTarget.checked)}
              />
              <Button
                variant="default"
                loading={isSending}
                disabled={locUri === ''}
                onClick={() => orderHere({ command: isNew ? 'Add' : 'Replace', locUri, format, value })}
              >
                {words.write}
              </Button>
            </Group>
          </>
        )}
        <ProblemAlert problem={problem} />
        {ordered !== undefined && <Ordered key={ordered} id={ordered} />}
      </Stack>
      <Confirm
        opened={isRunning}
        onClose={running.close}
        title={words.runConfirm}
        hint={words.runHint(locUri)}
        action={words.run}
        run={() => order({ command: 'Exec', locUri })}
      />
    </Panel>
  );
}

/** What becomes of the last order. */
function Ordered({ id }: { readonly id: string }) {
  const { data } = useQuery({
    queryKey: ['deliveries', 'one', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/deliveries/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) =>
      state.data === undefined || OPEN.includes(state.data.state) ? ASKED_EVERY_MS : false,
  });
  const result = data?.results[0];
  return (
    <div role="status">
      <Group gap="sm">
        <Text size="sm" fw={600}>
          {words.last}
        </Text>
        {data !== undefined && <DeliveryStateBadge state={data.state} />}
        <Link to="/deliveries/$id" params={{ id }}>
          {words.show}
        </Link>
      </Group>
      {result?.status !== undefined && <Text size="sm">{result.statusText}</Text>}
      {result?.data !== undefined && <Text className="mono">{result.data}</Text>}
    </div>
  );
}
