import { Button, Group, Progress, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api } from '../../api/client.ts';
import { useLive } from '../../api/live.ts';
import { useMay } from '../../api/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { DeliveryStateBadge } from '../../parts/delivery-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { Calls } from './calls.tsx';
import { callsQuery, type Delivery, deliveryQuery, isOpen, sessionsQuery } from './queries.ts';
import { Results } from './results.tsx';
import { SessionsOf } from './sessions-of.tsx';
import { situationOf } from './situation.ts';

const words = texts.deliveries;

/** One delivery: how it stands and why, the answer to every command, its calls by SMS and its sessions. */
export function Page() {
  const { id } = useParams({ from: '/deliveries/$id' });
  const query = useQuery(deliveryQuery(id));
  useLive(['delivery.*'], [['deliveries', 'one', id]]);
  if (query.data !== undefined) return <Loaded delivery={query.data} />;
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

function Loaded({ delivery }: { readonly delivery: Delivery }) {
  const { id, deviceId, packageId } = delivery;
  const queries = useQueryClient();
  const mayChange = useMay('operator');
  const [isCancelling, cancelling] = useDisclosure(false);
  const isGoing = isOpen(delivery);
  const { data: calls = [] } = useQuery(callsQuery(id, isGoing));
  const { data: sessions } = useQuery(sessionsQuery(delivery));
  return (
    <Frame
      title={words.to(deviceId)}
      actions={
        mayChange && (
          <>
            {!isGoing && (
              <Button
                variant="default"
                leftSection={<Icon name="refresh" size={16} />}
                renderRoot={(props) => (
                  <Link to="/packages/$id" params={{ id: packageId }} search={{ send: deviceId }} {...props} />
                )}
              >
                {words.again}
              </Button>
            )}
            {isGoing && (
              <Button variant="default" onClick={cancelling.open}>
                {words.cancel}
              </Button>
            )}
          </>
        )
      }
    >
      <Panel>
        <Stack gap="md">
          <Standing delivery={delivery} situation={situationOf(delivery, calls, sessions ?? [])} />
          <Facts delivery={delivery} />
        </Stack>
      </Panel>
      <Results results={delivery.results} />
      {calls.length > 0 && <Calls calls={calls} />}
      {sessions !== undefined && <SessionsOf sessions={sessions} deviceId={deviceId} />}
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

/** The state, why, and how far. */
function Standing({ delivery, situation }: { readonly delivery: Delivery; readonly situation: string }) {
  const { state, progress, failure } = delivery;
  const said = words.progress(progress.done, progress.total);
  return (
    <Stack gap="sm" aria-live="polite">
      <Group gap="xs">
        <DeliveryStateBadge state={state} />
        <Text fw={600} className="breaks-anywhere">
          {situation}
        </Text>
      </Group>
      {state === 'failed' && failure !== undefined && failure.message !== situation && (
        <Text size="sm" c="dimmed" className="breaks-anywhere">
          {failure.message}
        </Text>
      )}
      <div>
        <Progress
          aria-label={said}
          value={progress.total === 0 ? 0 : (100 * progress.done) / progress.total}
          color={state === 'failed' ? 'red' : state === 'succeeded' ? 'green' : 'brand'}
        />
        <Text size="xs" c="dimmed" mt={4}>
          {said}
        </Text>
      </div>
    </Stack>
  );
}

function Facts({ delivery }: { readonly delivery: Delivery }) {
  const { deviceId, packageId, package: sent, createdAt, endedAt, expiresAt, onFailure } = delivery;
  return (
    <SimpleGrid component="dl" m={0} cols={{ base: 2, md: 5 }} spacing="md">
      <Fact label={words.device}>
        <Link to="/devices/$deviceId" params={{ deviceId }}>
          {deviceId}
        </Link>
      </Fact>
      <Fact label={words.package}>
        <Link to="/packages/$id" params={{ id: packageId }}>
          {words.packageName(sent.name, sent.revision)}
        </Link>
      </Fact>
      <Fact label={words.ordered}>
        <Instant at={createdAt} />
      </Fact>
      <Fact label={endedAt === undefined ? words.ends : words.ended}>
        <Instant at={endedAt ?? expiresAt} />
      </Fact>
      <Fact label={words.onFailure}>{words.onFailures[onFailure]}</Fact>
    </SimpleGrid>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {label}
      </Text>
      <Text component="dd" size="sm" m={0} className="breaks-anywhere">
        {children}
      </Text>
    </div>
  );
}
