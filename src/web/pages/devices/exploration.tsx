import { Alert, Button, Group, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { useMay } from '../../api/session.ts';
import { DeliveryStateBadge } from '../../parts/delivery-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { toast, toastFault } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { ASKED_EVERY_MS, isOpen } from './ordered.tsx';

const words = texts.devices.tree;
const keyOf = (deviceId: string) => ['exploration', deviceId];

/** Has a tree, or the part of it below a node, read in the next session, with who may do what at each node. */
export function ExploreButton({
  deviceId,
  canBeCalled,
  root,
}: {
  readonly deviceId: string;
  readonly canBeCalled: boolean;
  readonly root?: string;
}) {
  const queries = useQueryClient();
  const [isSending, setSending] = useState(false);
  const explore = async (): Promise<void> => {
    setSending(true);
    try {
      await api.POST('/api/v1/devices/{deviceId}/discovery', {
        params: { path: { deviceId } },
        body: { properties: ['ACL'], trigger: canBeCalled, ...(root !== undefined && { root }) },
      });
      toast(canBeCalled ? words.exploringSoon : words.exploringLater);
      await queries.invalidateQueries({ queryKey: keyOf(deviceId) });
    } catch (error) {
      toastFault(error);
    } finally {
      setSending(false);
    }
  };
  return (
    <Button
      {...(root === undefined ? { size: 'compact-sm', variant: 'light' } : { variant: 'default' })}
      flex="none"
      loading={isSending}
      onClick={() => void explore()}
    >
      {root === undefined ? words.explore : words.exploreHere}
    </Button>
  );
}

/** How far the newest walk through the tree is, and what it could not see. Nothing when there was none. */
export function Exploration({ deviceId }: { readonly deviceId: string }) {
  const queries = useQueryClient();
  const mayChange = useMay('operator');
  const { data: job } = useQuery({
    queryKey: keyOf(deviceId),
    queryFn: async ({ signal }) => {
      try {
        const params = { path: { deviceId } };
        return await dataOf(api.GET('/api/v1/devices/{deviceId}/discovery', { params, signal }));
      } catch (error) {
        if (isProblem(error, 'tree-job-unknown')) return null;
        throw error;
      }
    },
    refetchInterval: ({ state: { data } }) => (data != null && isOpen(data.state) ? ASKED_EVERY_MS : false),
  });
  const progress = job === null || job === undefined ? undefined : `${job.id} ${job.state} ${job.discovery?.nodes}`;
  useEffect(() => {
    if (progress !== undefined) void queries.invalidateQueries({ queryKey: ['tree', deviceId] });
  }, [queries, deviceId, progress]);
  if (job === null || job === undefined) return null;
  const { nodes = 0, refusals = 0, refused = [] } = job.discovery ?? {};
  const isUnderWay = isOpen(job.state);
  if (!isUnderWay && refusals === 0 && job.state === 'succeeded') return null;
  const cancel = async (): Promise<void> => {
    try {
      await api.POST('/api/v1/tree-jobs/{id}/cancel', { params: { path: { id: job.id } } });
      await queries.invalidateQueries({ queryKey: keyOf(deviceId) });
    } catch (error) {
      toastFault(error);
    }
  };
  return (
    <Alert color={isUnderWay ? 'brand' : 'gray'} mb="sm" p="xs" icon={<Icon name="search" size={16} />} role="status">
      <Group gap="sm" justify="space-between">
        <Group gap="sm">
          <Text size="sm">{words.exploration}</Text>
          <DeliveryStateBadge state={job.state} />
          <Text size="sm">{words.explored(nodes)}</Text>
          {!isUnderWay && (
            <Text size="sm" c="dimmed">
              <Instant at={job.endedAt} />
            </Text>
          )}
        </Group>
        {isUnderWay && mayChange && (
          <Button size="compact-xs" variant="subtle" onClick={() => void cancel()}>
            {texts.shell.actions.cancel}
          </Button>
        )}
      </Group>
      {job.failure !== undefined && (
        <Text size="sm" mt={4}>
          {job.failure.message}
        </Text>
      )}
      {refusals > 0 && (
        <details>
          <summary>{words.refusals(refusals)}</summary>
          <ul>
            {refused.map(({ locUri, meaning }) => (
              <li key={locUri}>
                <span className="mono">{locUri}</span>{' '}
                <Text span size="xs">
                  {meaning}
                </Text>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Alert>
  );
}
