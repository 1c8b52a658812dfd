import { Badge, Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { DeliveryStateBadge } from '../../parts/delivery-state.tsx';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { texts } from '../../texts.ts';
import type { TimelineEntry } from './queries.ts';

const words = texts.devices.history;

/** One thing that happened: what, what came of it, where more of it stands, and when. */
export function Entry({ entry, deviceId }: { readonly entry: TimelineEntry; readonly deviceId: string }) {
  const { icon, colour = 'gray', title, badge, detail } = sayEntry(entry, deviceId);
  return (
    <li className="timeline-entry">
      <span
        className="timeline-icon"
        style={{
          color: `var(--mantine-color-${colour}-light-color)`,
          background: `var(--mantine-color-${colour}-light)`,
        }}
      >
        <Icon name={icon} size={16} />
      </span>
      <div className="timeline-body">
        <Group gap="xs">
          {title}
          {badge}
        </Group>
        {detail !== undefined && (
          <Text size="xs" c="dimmed" className="breaks-anywhere" component="div">
            {detail}
          </Text>
        )}
      </div>
      <Text size="sm" c="dimmed" component="div" className="timeline-at">
        <Instant at={entry.at} />
      </Text>
    </li>
  );
}

interface Said {
  readonly icon: IconName;
  readonly colour?: string;
  readonly title: ReactNode;
  readonly badge?: ReactNode;
  readonly detail?: ReactNode;
}

type Of<K extends TimelineEntry['kind']> = Extract<TimelineEntry, { kind: K }>;

function sayEntry(entry: TimelineEntry, deviceId: string): Said {
  switch (entry.kind) {
    case 'session':
      return saySession(entry);
    case 'delivery':
      return sayDelivery(entry, deviceId);
    case 'alert':
      return sayAlert(entry);
    case 'push':
      return sayPush(entry);
    case 'bootstrap':
      return entry.state === 'done'
        ? { icon: 'check', colour: 'green', title: <Text size="sm">{words.bootstrapped}</Text> }
        : {
            icon: 'access',
            title: <Text size="sm">{words.bootstrapSent}</Text>,
            badge: <PushState state={entry.state} />,
            detail: entry.reason,
          };
  }
}

function saySession({ sessionId, dmSessionId, phase, closedAt, closeReason, at }: Of<'session'>): Said {
  const isWell = phase !== 'closed' || closeReason === 'completed';
  const took = closedAt === undefined ? undefined : (Date.parse(closedAt) - Date.parse(at)) / 1_000;
  return {
    icon: 'sessions',
    colour: isWell ? 'brand' : 'red',
    title: (
      <Link to="/sessions/$id" params={{ id: sessionId }}>
        {texts.sessions.one(dmSessionId)}
      </Link>
    ),
    detail: [
      phase === 'closed' ? (texts.sessions.reasons[closeReason ?? ''] ?? closeReason) : texts.sessions.phases[phase],
      took !== undefined && words.took(took.toFixed(took < 10 ? 1 : 0)),
    ]
      .filter(Boolean)
      .join(' '),
  };
}

function sayDelivery(entry: Of<'delivery'>, deviceId: string): Said {
  const { deliveryId, of, state, packageName, revision, campaignId, failure } = entry;
  const name = packageName === undefined ? words.ofPackageGone : words.ofPackage(packageName, revision ?? 1);
  return {
    icon: 'package',
    colour: state === 'failed' || state === 'expired' ? 'red' : 'brand',
    title:
      of === 'package' ? (
        <Link to="/deliveries/$id" params={{ id: deliveryId }}>
          {name}
        </Link>
      ) : (
        <Link to="/devices/$deviceId" params={{ deviceId }} search={{ tab: 'tree' }}>
          {words[of]}
        </Link>
      ),
    badge: <DeliveryStateBadge state={state} />,
    ...((failure !== undefined || campaignId !== undefined) && {
      detail: (
        <>
          {failure}{' '}
          {campaignId !== undefined && (
            <Link to="/campaigns/$id" params={{ id: campaignId }}>
              {words.inCampaign}
            </Link>
          )}
        </>
      ),
    }),
  };
}

const GRAVE = ['fatal', 'critical'];

function sayAlert({ sessionId, code, type, mark, data }: Of<'alert'>): Said {
  return {
    icon: 'alert',
    colour: mark !== undefined && GRAVE.includes(mark) ? 'red' : 'yellow',
    title: (
      <Text size="sm">
        {words.alertOf[code] ?? code}{' '}
        <Text span className="mono">
          {type}
        </Text>
      </Text>
    ),
    ...(mark !== undefined && {
      badge: (
        <Badge size="sm" variant="light" color={GRAVE.includes(mark) ? 'red' : mark === 'warning' ? 'yellow' : 'gray'}>
          {mark}
        </Badge>
      ),
    }),
    detail: (
      <>
        {data !== undefined && <div className="mono timeline-data">{data}</div>}
        <Link to="/sessions/$id" params={{ id: sessionId }}>
          {words.inSession}
        </Link>
      </>
    ),
  };
}

function sayPush({ of, state, reason, deliveryId, campaignId, sendId }: Of<'push'>): Said {
  return {
    icon: 'ota',
    colour: state === 'failed' || state === 'expired' ? 'red' : 'gray',
    title: <Text size="sm">{words[of]}</Text>,
    badge: <PushState state={state} />,
    detail: (
      <>
        {reason}{' '}
        {deliveryId !== undefined && (
          <Link to="/deliveries/$id" params={{ id: deliveryId }}>
            {words.triggerFor}
          </Link>
        )}
        {sendId !== undefined && (
          <Link to="/ota/$id" params={{ id: sendId }}>
            {words.sentFrom}
          </Link>
        )}
        {deliveryId === undefined && campaignId !== undefined && (
          <Link to="/campaigns/$id" params={{ id: campaignId }}>
            {words.inCampaign}
          </Link>
        )}
      </>
    ),
  };
}

const PUSH_COLOURS: Readonly<Record<Of<'push'>['state'], string>> = {
  queued: 'gray',
  sending: 'brand',
  sent: 'cyan',
  delivered: 'green',
  failed: 'red',
  expired: 'orange',
  cancelled: 'gray',
};

function PushState({ state }: { readonly state: Of<'push'>['state'] }) {
  return (
    <Badge size="sm" variant="light" color={PUSH_COLOURS[state]}>
      {words.pushStates[state]}
    </Badge>
  );
}
