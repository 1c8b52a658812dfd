import type pg from 'pg';
import type { TimelineEntry, TimelineKind } from '../../domain/device-timeline.ts';
import type { DeviceTimelineStore, TimelinePlace } from '../../services/ports/device-timeline-store.ts';
import { guarded } from './pg-fault.ts';

/** Its ids begin with a number of its own: what came at the same instant stands in their order, what causes before what follows. */
interface Source {
  readonly kind: TimelineKind;
  readonly id: string;
  readonly at: string;
  /** JSON of what the entry says. */
  readonly says: string;
  readonly from: string;
  readonly where: string;
}

/** Of a raw push: whose it is. Those of nobody carry a bootstrap. */
const OF_SEND = 'LEFT JOIN LATERAL (SELECT r.send_id FROM ota_recipient r WHERE r.push_id = p.id LIMIT 1) o ON true';

const SOURCES: readonly Source[] = [
  {
    kind: 'session',
    id: "'1.' || s.id",
    at: 's.opened_at',
    says: `'sessionId', s.id, 'dmSessionId', s.dm_session_id, 'phase', s.phase, 'closedAt', s.closed_at,
      'closeReason', s.close_reason`,
    from: 'dm_session s',
    where: 's.device_id = $1',
  },
  {
    kind: 'delivery',
    id: "'0.' || d.id",
    at: 'd.created_at',
    says: `'deliveryId', d.id, 'of', d.kind, 'state', d.state, 'packageName', k.name, 'revision', k.revision,
      'campaignId', d.campaign_id, 'failure', d.failure_message`,
    from: 'delivery d LEFT JOIN package k ON k.id = d.package_id',
    where: 'd.device_id = $1',
  },
  {
    kind: 'alert',
    id: "'3.' || lpad(a.id::text, 19, '0')",
    at: 'a.at',
    says: `'sessionId', a.session_id, 'code', a.code, 'type', a.type, 'mark', a.mark, 'data', a.data`,
    from: 'device_alert a',
    where: 'a.device_id = $1',
  },
  {
    kind: 'push',
    id: "'2.' || p.id",
    at: 'p.created_at',
    says: `'of', CASE p.kind WHEN 'package0' THEN 'trigger' ELSE 'document' END, 'state', p.state, 'reason', p.reason,
      'deliveryId', l.id, 'campaignId', p.campaign_id, 'sendId', o.send_id`,
    from: `push p LEFT JOIN delivery l ON l.id = p.delivery_id AND l.kind = 'package' ${OF_SEND}`,
    where: "p.device_id = $1 AND (p.kind <> 'raw' OR p.campaign_id IS NOT NULL OR o.send_id IS NOT NULL)",
  },
  {
    kind: 'bootstrap',
    id: "'2.' || p.id",
    at: 'p.created_at',
    says: `'state', p.state, 'reason', p.reason`,
    from: `push p ${OF_SEND}`,
    where: "p.device_id = $1 AND p.kind = 'raw' AND p.campaign_id IS NULL AND o.send_id IS NULL",
  },
  {
    kind: 'bootstrap',
    id: "'4.' || lpad(e.tx::text, 19, '0') || lpad(e.id::text, 19, '0')",
    at: 'e.at',
    says: `'state', 'done'`,
    from: 'event e',
    where: "e.device_id = $1 AND e.kind = 'device.bootstrapped'",
  },
];

interface Row {
  readonly kind: TimelineKind;
  readonly id: string;
  readonly at: Date;
  readonly says: Readonly<Record<string, unknown>>;
}

/** Every source gives its newest, found by the index of its device; what is newest of all of them is taken. */
export class PgDeviceTimelineStore implements DeviceTimelineStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async read(
    deviceRowId: string,
    kinds: readonly TimelineKind[],
    before: TimelinePlace | undefined,
    limit: number,
  ): Promise<readonly TimelineEntry[]> {
    const parts = SOURCES.filter(({ kind }) => kinds.includes(kind)).map(statementOf);
    const { rows } = await guarded(() =>
      this.#pool.query<Row>(`SELECT * FROM (${parts.join('\nUNION ALL\n')}) t ORDER BY at DESC, id DESC LIMIT $4`, [
        deviceRowId,
        before?.at ?? 'infinity',
        before?.id ?? '',
        limit,
      ]),
    );
    return rows.map(entryOf);
  }
}

/** $1 the device, $2 and $3 the place before which, $4 how many. */
function statementOf({ kind, id, at, says, from, where }: Source): string {
  const key = `(${id}) COLLATE "C"`;
  return `(SELECT '${kind}' AS kind, ${key} AS id, ${at} AS at, json_strip_nulls(json_build_object(${says})) AS says
FROM ${from} WHERE ${where} AND (${at}, ${key}) < ($2::timestamptz, $3::text)
ORDER BY 3 DESC, 2 DESC LIMIT $4)`;
}

function entryOf({ kind, id, at, says }: Row): TimelineEntry {
  const { closedAt, ...rest } = says;
  return {
    kind,
    id,
    at,
    ...rest,
    ...(typeof closedAt === 'string' && { closedAt: new Date(closedAt) }),
  } as TimelineEntry;
}
