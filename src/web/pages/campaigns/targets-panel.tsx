import { Anchor, Badge, Code, Group, Select, VisuallyHidden } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Instant } from '../../parts/instant.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import type { Campaign, Progress, Target, TargetState } from './campaign-types.ts';
import { targetsQuery } from './queries.ts';
import { TargetStateBadge } from './state-badge.tsx';

const words = texts.campaigns.one;
const route = getRouteApi('/campaigns/$id');
const STATES = Object.keys(texts.campaigns.targetStates) as TargetState[];

const device: Column<Target> = {
  label: words.device,
  render: ({ deviceId, isRegistered }) =>
    isRegistered ? (
      <Link to="/devices/$deviceId" params={{ deviceId }}>
        <span className="mono">{deviceId}</span>
      </Link>
    ) : (
      <Code>{deviceId}</Code>
    ),
};
const wave: Column<Target> = { label: words.waveColumn, render: (target) => target.wave };
const state: Column<Target> = {
  label: words.stateColumn,
  render: (target) => <TargetStateBadge state={target.state} />,
};
const why: Column<Target> = {
  label: words.reasonColumn,
  render: ({ reason }) => (reason === undefined ? null : (words.reasons[reason] ?? reason)),
};
const attempts: Column<Target> = { label: words.attempts, render: ({ attempt }) => attempt };
const since: Column<Target> = { label: words.since, render: ({ at }) => <Instant at={at} /> };
const delivery: Column<Target> = {
  label: words.delivery,
  render: ({ deliveryId, deviceId }) =>
    deliveryId === undefined ? null : (
      <Link to="/deliveries/$id" params={{ id: deliveryId }}>
        {words.openDelivery}
        <VisuallyHidden> {words.deliveryOf(deviceId)}</VisuallyHidden>
      </Link>
    ),
};

/** Of devices that failed in one way. */
export const FAILED_COLUMNS = [device, wave, attempts, since, delivery];
const COLUMNS = [device, wave, state, why, attempts, since, delivery];

/** The devices of a campaign, by state and wave; what is chosen stands in the address. */
export function TargetsPanel({
  campaign,
  progress,
  isOver,
}: {
  readonly campaign: Campaign;
  readonly progress: Progress;
  readonly isOver: boolean;
}) {
  const { id } = campaign;
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/campaigns/$id' });
  const chosen = STATES.find((one) => one === search.state);
  const inWave = progress.waves.find((one) => String(one.wave) === search.wave)?.wave;
  const query = useInfiniteQuery(targetsQuery(id, { state: chosen, wave: inWave }, isOver));
  const choose = (change: { readonly state?: string | undefined; readonly wave?: string | undefined }): void =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false });
  return (
    <Panel
      title={words.targetsTitle}
      hint={words.targetsHint}
      aside={
        <Anchor size="sm" className="badge-whole" href={`/api/v1/campaigns/${encodeURIComponent(id)}/results`}>
          {words.results}
        </Anchor>
      }
    >
      <Group align="flex-end" mb="sm">
        <Select
          label={words.filterState}
          placeholder={words.anyState}
          clearable
          clearButtonProps={{ 'aria-label': words.anyState }}
          w={190}
          data={STATES.map((value) => ({ value, label: texts.campaigns.targetStates[value] }))}
          value={chosen ?? null}
          onChange={(value) => choose({ state: value ?? undefined })}
        />
        {progress.waves.length > 1 && (
          <Select
            label={words.filterWave}
            placeholder={words.anyWave}
            clearable
            clearButtonProps={{ 'aria-label': words.anyWave }}
            w={190}
            data={progress.waves.map((one) => ({ value: String(one.wave), label: words.wave(one.wave, one.name) }))}
            value={inWave === undefined ? null : String(inWave)}
            onChange={(value) => choose({ wave: value ?? undefined })}
          />
        )}
        {chosen !== undefined && (
          <Badge variant="light" color="gray" mb={8}>
            {words.devices(
              inWave === undefined
                ? (progress.counts[chosen] ?? 0)
                : (progress.waves.find((one) => one.wave === inWave)?.counts[chosen] ?? 0),
            )}
          </Badge>
        )}
      </Group>
      <PagedTable
        caption={words.targetsTitle}
        query={query}
        columns={COLUMNS}
        keyOf={({ deviceId }) => deviceId}
        empty={
          <EmptyState
            icon="device"
            title={chosen === undefined && inWave === undefined ? words.noTargets : words.noTargetsFit}
          />
        }
      />
    </Panel>
  );
}
