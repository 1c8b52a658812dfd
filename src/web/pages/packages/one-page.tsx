import { Badge, Button, Group, Modal, Select, Skeleton, Tabs, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { api, dataOf } from '../../api/client.ts';
import { useLive } from '../../api/live.ts';
import type { components } from '../../api/schema.d.ts';
import { useMay } from '../../api/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { DeliveryStateBadge } from '../../parts/delivery-state.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { byCursor, type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { XmlDiff, XmlText } from '../../parts/xml/xml-text.tsx';
import { texts } from '../../texts.ts';
import { DocumentTree } from './document-tree.tsx';
import { type Package, packageQuery, packagesQuery, packageXmlQuery } from './queries.ts';
import { isBuiltIn, SendForm } from './send-form.tsx';

const words = texts.packages.one;
const { actions } = texts.shell;
/** In the address, for a device that is still to be chosen. */
const ANY_DEVICE = '*';
const TABS = Object.keys(words.tabs) as (keyof typeof words.tabs)[];

/** One revision of a package: its document, its tree, the other revisions, what was sent of it. */
export function Page() {
  const { id } = useParams({ from: '/packages/$id' });
  const { tab = 'document' } = useSearch({ from: '/packages/$id' });
  const navigate = useNavigate({ from: '/packages/$id' });
  const queries = useQueryClient();
  const mayChange = useMay('operator');
  // In the address, so that a link leads to it, with the device where that is known.
  const { send } = useSearch({ from: '/packages/$id' });
  const showSending = (to: string | undefined): void =>
    void navigate({ search: (was) => ({ ...was, send: to }), replace: true });
  const [isRemoving, removing] = useDisclosure(false);
  const one = useQuery(packageQuery(id));
  const xml = useQuery(packageXmlQuery(id));
  const { data } = one;
  if (data === undefined) {
    return (
      <Frame title={texts.packages.title}>
        {one.isError ? <ProblemAlert problem={one.error} onRetry={() => void one.refetch()} /> : <Skeleton h={320} />}
      </Frame>
    );
  }
  return (
    <Frame
      title={data.name}
      hint={<Facts {...data} />}
      actions={
        mayChange && (
          <>
            {data.kind === 'dm' ? (
              <Button leftSection={<Icon name="device" size={16} />} onClick={() => showSending(ANY_DEVICE)}>
                {words.send}
              </Button>
            ) : (
              <Button
                leftSection={<Icon name="ota" size={16} />}
                renderRoot={(props) => <Link to="/ota/document" search={{ package: id }} {...props} />}
              >
                {words.sendBySms}
              </Button>
            )}
            <Button
              variant="default"
              renderRoot={(props) => <Link to="/packages/new" search={{ from: id }} {...props} />}
            >
              {words.change}
            </Button>
            <Button variant="subtle" color="red" onClick={removing.open}>
              {words.remove}
            </Button>
          </>
        )
      }
    >
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(next) => void navigate({ search: { tab: next === 'document' ? undefined : (next ?? undefined) } })}
      >
        <Tabs.List mb="md">
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {words.tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <ProblemAlert problem={xml.error} />
        <Tabs.Panel value="document">
          <Panel>
            {xml.data === undefined ? <Skeleton h={240} /> : <XmlText label={data.name} value={xml.data} />}
          </Panel>
        </Tabs.Panel>
        <Tabs.Panel value="tree">
          <Panel title={words.treeTitle}>
            {xml.data === undefined ? <Skeleton h={240} /> : <DocumentTree xml={xml.data} />}
          </Panel>
        </Tabs.Panel>
        <Tabs.Panel value="revisions">
          <Revisions shown={data} />
        </Tabs.Panel>
        <Tabs.Panel value="deliveries">
          <Deliveries packageId={id} />
        </Tabs.Panel>
      </Tabs>
      <Modal
        opened={send !== undefined && mayChange && data.kind === 'dm'}
        onClose={() => showSending(undefined)}
        title={texts.packages.send.title(data.name)}
        closeButtonProps={{ 'aria-label': actions.close }}
      >
        <SendForm sent={data} deviceId={send === ANY_DEVICE ? undefined : send} />
      </Modal>
      <Confirm
        opened={isRemoving}
        onClose={removing.close}
        title={words.removeTitle(data.name, data.revision)}
        hint={words.removeHint}
        action={words.remove}
        run={async () => {
          await api.DELETE('/api/v1/packages/{id}', { params: { path: { id } } });
          toast(words.removed);
          await navigate({ to: '/packages' });
          await queries.invalidateQueries({ queryKey: ['packages'] });
        }}
      />
    </Frame>
  );
}

function Facts({ kind, revision, version, commandCount, variables, size, createdAt }: Package) {
  const { packages } = texts;
  return (
    <Group gap="md" mt={4} component="span">
      <Badge variant="light">{packages.revisionOf(revision)}</Badge>
      <span>
        {packages.kinds[kind]} {version}
      </span>
      <span>
        {packages.commands}: {commandCount}
      </span>
      <span>{packages.octets(size)}</span>
      <span>
        {packages.uploaded} <Instant at={createdAt} />
      </span>
      <span>
        {packages.variables}:{' '}
        {variables.length === 0
          ? words.noVariables
          : variables.map((name) => (
              <Badge
                key={name}
                size="sm"
                mr={4}
                variant={isBuiltIn(name) ? 'default' : 'light'}
                color="grape"
                {...(isBuiltIn(name) && { title: words.builtIn })}
              >
                {name}
              </Badge>
            ))}
      </span>
    </Group>
  );
}

function Revisions({ shown }: { readonly shown: Package }) {
  const { against } = useSearch({ from: '/packages/$id' });
  const navigate = useNavigate({ from: '/packages/$id' });
  const query = useInfiniteQuery(packagesQuery({ name: shown.name }));
  const others = (query.data?.pages ?? []).flatMap(({ items }) => items).filter(({ id }) => id !== shown.id);
  const chosen = others.find(({ id }) => id === against) ?? nearest(others, shown.revision);
  const before = useQuery({ ...packageXmlQuery(chosen?.id ?? ''), enabled: chosen !== undefined });
  const after = useQuery(packageXmlQuery(shown.id));
  if (query.isPending) return <Skeleton h={240} />;
  if (chosen === undefined) {
    return (
      <Panel>
        <EmptyState icon="package" title={words.onlyOne} hint={words.onlyOneHint} />
      </Panel>
    );
  }
  return (
    <Panel title={words.diff(chosen.revision, shown.revision)} hint={words.compareHint}>
      <Group align="flex-end" mb="md">
        <Select
          label={words.compare}
          w={220}
          allowDeselect={false}
          data={others.map(({ id, revision }) => ({ value: id, label: texts.packages.revisionOf(revision) }))}
          value={chosen.id}
          onChange={(next) => void navigate({ search: { tab: 'revisions', against: next ?? undefined } })}
        />
        {query.hasNextPage && (
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {actions.more}
          </Button>
        )}
        <Button
          variant="subtle"
          renderRoot={(props) => <Link to="/packages/$id" params={{ id: chosen.id }} {...props} />}
        >
          {words.showRevision(chosen.revision)}
        </Button>
      </Group>
      <ProblemAlert problem={before.error} />
      {before.data === undefined || after.data === undefined ? (
        <Skeleton h={240} />
      ) : before.data === after.data ? (
        <Text size="sm">{words.same}</Text>
      ) : (
        <XmlDiff label={words.diff(chosen.revision, shown.revision)} before={before.data} after={after.data} />
      )}
    </Panel>
  );
}

/** The revision before, or of the first the one after. */
function nearest(others: readonly Package[], revision: number): Package | undefined {
  return others.find((one) => one.revision < revision) ?? others.at(-1);
}

type Delivery = components['schemas']['Delivery'];

const DELIVERY_COLUMNS: readonly Column<Delivery>[] = [
  {
    label: words.device,
    render: ({ id, deviceId }) => (
      <Link to="/deliveries/$id" params={{ id }}>
        {deviceId}
      </Link>
    ),
  },
  { label: words.state, render: ({ state }) => <DeliveryStateBadge state={state} /> },
  { label: words.when, render: ({ createdAt }) => <Instant at={createdAt} /> },
];

function Deliveries({ packageId }: { readonly packageId: string }) {
  useLive(['delivery.*'], [['deliveries']]);
  const query = useInfiniteQuery({
    queryKey: ['deliveries', { packageId }],
    queryFn: ({ pageParam, signal }: { pageParam: string | undefined; signal: AbortSignal }) =>
      dataOf(
        api.GET('/api/v1/deliveries', {
          params: { query: { packageId, limit: '50', ...(pageParam !== undefined && { cursor: pageParam }) } },
          signal,
        }),
      ),
    ...byCursor,
  });
  return (
    <Panel p={0}>
      <PagedTable
        caption={words.tabs.deliveries}
        query={query}
        columns={DELIVERY_COLUMNS}
        keyOf={({ id }) => id}
        empty={<EmptyState icon="device" title={words.noDeliveries} hint={words.noDeliveriesHint} />}
      />
    </Panel>
  );
}
