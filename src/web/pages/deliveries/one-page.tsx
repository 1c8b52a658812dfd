import { Alert, Badge, Button, Group, Progress, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { api, dataOf } from '../../api/client.ts';
import { useLive } from '../../api/live.ts';
import type { components } from '../../api/schema.d.ts';
import { useMay } from '../../api/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { DeliveryStateBadge } from '../../parts/delivery-state.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';

type Delivery = components['schemas']['DeliveryWithResults'];
type CommandResult = components['schemas']['CommandResult'];

const words = texts.deliveries;
const OPEN: readonly Delivery['state'][] = ['queued', 'triggered', 'delivering'];
/** A session goes on between two events. */
const ASKED_EVERY_MS = 2_000;

const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ['deliveries', 'one', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/deliveries/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state: { data } }) =>
      data !== undefined && OPEN.includes(data.state) ? ASKED_EVERY_MS : false,
  });

/** One delivery: how far it is, and what the device has answered to every command. */
export function Page() {
  const { id } = useParams({ from: '/deliveries/$id' });
  const query = useQuery(deliveryQuery(id));
  const queries = useQueryClient();
  const mayChange = useMay('operator');
  const [isCancelling, cancelling] = useDisclosure(false);
  useLive(['delivery.*'], [['deliveries', 'one', id]]);
  const { data } = query;
  if (data === undefined) {
    return (
      <Frame title={words.title}>
        {query.isError ? (
          <ProblemAlert problem={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton h={320} />
        )}
      </Frame>
    );
  }
  const isOpen = OPEN.includes(data.state);
  return (
    <Frame
      title={words.to(data.deviceId)}
      actions={
        mayChange &&
        isOpen && (
          <Button variant="default" onClick={cancelling.open}>
            {words.cancel}
          </Button>
        )
      }
    >
      <Panel>
        <State {...data} />
      </Panel>
      {data.failure !== undefined && (
        <Alert color="red" title={words.failure}>
          {data.failure.message}
        </Alert>
      )}
      <Panel title={words.results} p={0} pt="md">
        {data.results.length === 0 ? (
          <EmptyState icon="clock" title={words.noResults} hint={words.waiting} />
        ) : (
          <Results results={data.results} />
        )}
      </Panel>
      {data.pushes.length > 0 && <Pushes pushes={data.pushes} />}
      <Confirm
        opened={isCancelling}
        onClose={cancelling.close}
        title={words.cancelTitle}
        hint={words.cancelHint}
        action={words.cancel}
        run={async () => {
          await api.POST('/api/v1/deliveries/{id}/cancel', { params: { path: { id } } });
          toast(words.cancelled);
          await queries.invalidateQueries({ queryKey: ['deliveries'] });
        }}
      />
    </Frame>
  );
}

function State({ state, deviceId, packageId, progress, createdAt, expiresAt, endedAt }: Delivery) {
  return (
    <Stack gap="sm">
      <Group gap="lg">
        <DeliveryStateBadge state={state} />
        <Text size="sm">{words.progress(progress.done, progress.total)}</Text>
        <Text size="sm">
          {words.ordered} <Instant at={createdAt} />
        </Text>
        <Text size="sm">
          {endedAt === undefined ? words.ends : words.ended} <Instant at={endedAt ?? expiresAt} />
        </Text>
        <Link to="/devices/$deviceId" params={{ deviceId }}>
          {words.device}
        </Link>
        <Link to="/packages/$id" params={{ id: packageId }}>
          {words.package}
        </Link>
        <Link to="/sessions" search={{ deviceId }}>
          {words.sessions}
        </Link>
      </Group>
      <Progress
        aria-label={words.progress(progress.done, progress.total)}
        value={progress.total === 0 ? 0 : (100 * progress.done) / progress.total}
        color={state === 'failed' ? 'red' : state === 'succeeded' ? 'green' : 'brand'}
      />
    </Stack>
  );
}

function colourOf({ outcome, status }: CommandResult): string {
  if (outcome !== 'answered' || status === undefined) return 'gray';
  return status < 300 ? 'green' : 'red';
}

function Results({ results }: { readonly results: readonly CommandResult[] }) {
  return (
    <div className="paged-table">
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{words.node}</Table.Th>
            <Table.Th scope="col">{words.command}</Table.Th>
            <Table.Th scope="col">{words.status}</Table.Th>
            <Table.Th scope="col">{words.value}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {results.map((result) => (
            <Table.Tr key={`${result.path.join('.')}:${result.item}:${result.locUri}`}>
              <Table.Td className="mono">{result.locUri}</Table.Td>
              <Table.Td data-label={words.command}>{result.command}</Table.Td>
              <Table.Td data-label={words.status}>
                <Group gap="xs" wrap="nowrap">
                  {result.status !== undefined && (
                    <Badge variant="light" color={colourOf(result)}>
                      {result.status}
                    </Badge>
                  )}
                  <Text size="sm">{result.statusText}</Text>
                </Group>
              </Table.Td>
              <Table.Td data-label={words.value} className="mono">
                {result.data ?? (result.object !== undefined && words.object(result.object.size))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Pushes({ pushes }: { readonly pushes: Delivery['pushes'] }) {
  return (
    <Panel title={words.pushes}>
      <Stack gap="xs">
        {pushes.map(({ id, state, attempts, updatedAt }) => (
          <Group key={id} gap="md">
            <Badge variant="light" color="gray">
              {state}
            </Badge>
            <Text size="sm">
              {words.attempts}: {attempts}
            </Text>
            <Instant at={updatedAt} />
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}
