import {
  type CommandResult,
  canMoveDelivery,
  DELIVERY_STATES,
  type DeliveryState,
  isFinalDelivery,
} from '../../domain/delivery.ts';
import type { RefusalCount } from '../../domain/refusals.ts';
import type { LoggedMessage, SessionChange, SessionRecord } from '../../services/ports/session-store.ts';
import type { AuthFailure, SessionState } from '../../session/session-state.ts';
import type { CommitValues, DeviceColumn } from './session-statements.ts';
import { storable, storableText } from './storable-text.ts';

/** By state: from which states it can be reached, in one move or several (a message may make several at once). */
const REACHABLE_FROM: ReadonlyMap<DeliveryState, readonly DeliveryState[]> = new Map(
  DELIVERY_STATES.map((state) => [state, statesThatReach(state)]),
);

/** Itself, and every state that leads to it. */
function statesThatReach(state: DeliveryState): DeliveryState[] {
  const found = new Set([state]);
  // A set hands out what is added while it is walked.
  for (const to of found) {
    for (const from of DELIVERY_STATES) if (canMoveDelivery(from, to)) found.add(from);
  }
  return isFinalDelivery(state) ? [...found].filter((from) => !isFinalDelivery(from)) : [...found];
}

export function deviceColumns({ device, at }: SessionChange): [DeviceColumn, unknown][] {
  const columns: [DeviceColumn, unknown][] = [];
  if (device.clientNonce !== undefined) columns.push(['client_nonce', device.clientNonce]);
  if (device.previousClientNonce !== undefined) columns.push(['previous_client_nonce', device.previousClientNonce]);
  if (device.serverNonce !== undefined) columns.push(['server_nonce', device.serverNonce]);
  if (device.seen === true) columns.push(['last_seen_at', at]);
  if (device.refusals !== undefined) columns.push(['refusals', refusalsJson(device.refusals)]);
  if (device.takesPieces !== undefined) columns.push(['takes_pieces', device.takesPieces]);
  if (device.fwV !== undefined) columns.push(['info_fwv', indexable(device.fwV)]);
  const { devInfo } = device;
  if (devInfo !== undefined) {
    columns.push(
      ['info_dev_id', indexable(devInfo.devId)],
      ['info_man', indexable(devInfo.man)],
      ['info_mod', indexable(devInfo.mod)],
      ['info_dmv', indexable(devInfo.dmV)],
      ['info_lang', indexable(devInfo.lang)],
    );
  }
  return columns;
}

/** No more of what a device says of itself than indexes take, and filters ask for. */
const MAX_INFO_LENGTH = 255;

function indexable(text: string | undefined): string | null {
  return storable(text?.slice(0, MAX_INFO_LENGTH)) ?? null;
}

/** Null rather than an empty list: most devices have none, and the column then takes no room. */
export function refusalsJson(refusals: readonly RefusalCount[]): string | null {
  return refusals.length === 0 ? null : JSON.stringify(refusals);
}

/** One row a delivery: when a message moves one more than once, where it ends up. */
export function moveRows(moves: SessionChange['deliveries']): CommitValues['deliveries'] {
  return [...new Map(moves.map((move) => [move.id, move])).values()].map(
    ({ id, state, position, sent, failure, plan }) => ({
      id,
      state,
      from: REACHABLE_FROM.get(state) ?? [],
      position,
      sent: sent ?? position,
      final: isFinalDelivery(state),
      failureCode: failure?.code ?? null,
      failureMessage: storable(failure?.message) ?? null,
      plan: plan === undefined ? undefined : JSON.stringify(plan),
    }),
  );
}

/** One report a delivery. */
export function resultReports(results: SessionChange['results']): CommitValues['results'] {
  const reports = new Map<string, CommandResult[]>();
  for (const { deliveryId, ...result } of results) {
    const report = reports.get(deliveryId);
    if (report === undefined) reports.set(deliveryId, [result]);
    else report.push(result);
  }
  return [...reports].map(([deliveryId, report]) => ({ deliveryId, json: JSON.stringify(report) }));
}

export function objectRows(objects: SessionChange['objects'] = []): CommitValues['objects'] {
  return objects.map(({ id, begun, piece, state, size, replaces }) => ({
    id,
    begun: begun && {
      deliveryId: begun.deliveryId ?? null,
      locUri: storableText(begun.locUri),
      format: storable(begun.format) ?? null,
      type: storable(begun.type) ?? null,
    },
    piece,
    state,
    size: size ?? null,
    replaces: storable(replaces),
  }));
}

export function treeReport(change: SessionChange): string | undefined {
  const { removedNodes, nodeValues, nodeProperties, forgottenNodes, at: now } = change;
  if (removedNodes.length === 0 && nodeValues.length === 0 && !nodeProperties && !forgottenNodes) return undefined;
  const values = nodeValues.map(({ at, ...node }) => (at.getTime() === now.getTime() ? node : { ...node, at }));
  return JSON.stringify({ removed: removedNodes, values, properties: nodeProperties, forgotten: forgottenNodes });
}

/** JSON as {@link CommitValues.alerts}. */
export function alertRows(alerts: SessionChange['alerts']): string | undefined {
  if (alerts.length === 0) return undefined;
  return JSON.stringify(
    alerts.map(({ code, type, format, mark, correlator, source, target, data }) => ({
      code,
      type: storableText(type),
      format,
      mark: storable(mark),
      correlator: storable(correlator),
      source: storable(source),
      target: storable(target),
      data: storable(data),
    })),
  );
}

/** JSON as {@link CommitValues.awaited}. */
export function awaitedRows(awaited: SessionChange['awaited']): string | undefined {
  if (awaited.length === 0) return undefined;
  const rows = awaited.map(({ deliveryId, path, correlator }) => ({
    delivery_id: deliveryId,
    path: path.join('.'),
    correlator: storableText(correlator),
  }));
  // One answered twice in a message is one all the same.
  return JSON.stringify([...new Map(rows.map((row) => [`${row.delivery_id} ${row.path}`, row])).values()]);
}

export function logRow(log: readonly LoggedMessage[]): CommitValues['log'] {
  if (log.length === 0) return undefined;
  const heads = log.map(({ masked, ...head }) => ({ ...head, length: masked.length }));
  return { heads: JSON.stringify(heads), bodies: Buffer.concat(log.map(({ masked }) => masked)) };
}

/** A note may quote the device; so much of it is enough. */
const MAX_NOTE_LENGTH = 500;

export function noteTexts(notes: readonly string[] | undefined): readonly string[] | undefined {
  return notes?.map((note) => storableText(note.slice(0, MAX_NOTE_LENGTH)));
}

/** States of other phases may hold what a device said letter by letter, also letters that PostgreSQL does not read. */
export const AUTH_FAILURE = `CASE WHEN s.phase IN ('challenging', 'closed') THEN s.state->'authFailure' END`;

export const RECORD = `SELECT s.id, d.device_id, s.dm_session_id, s.phase, s.opened_at, s.last_message_at, s.closed_at,
  s.close_reason, s.notes, ${AUTH_FAILURE} AS auth_failure FROM dm_session s JOIN device d ON d.id = s.device_id`;

export interface RecordRow {
  readonly id: string;
  readonly device_id: string;
  readonly dm_session_id: string;
  readonly phase: SessionState['phase'];
  readonly opened_at: Date;
  readonly last_message_at: Date;
  readonly closed_at: Date | null;
  readonly close_reason: string | null;
  readonly notes: readonly string[];
  readonly auth_failure: AuthFailure | null;
}

export function recordOf(row: RecordRow): SessionRecord {
  return {
    id: row.id,
    deviceId: row.device_id,
    dmSessionId: row.dm_session_id,
    phase: row.phase,
    openedAt: row.opened_at,
    lastMessageAt: row.last_message_at,
    ...(row.closed_at === null ? {} : { closedAt: row.closed_at }),
    ...(row.close_reason === null ? {} : { closeReason: row.close_reason }),
    ...(row.notes.length === 0 ? {} : { notes: row.notes }),
    ...(row.auth_failure === null ? {} : { authFailure: row.auth_failure }),
  };
}

export interface ExchangeRow {
  /** Null in the one row of a session without messages. */
  readonly exchange: number | null;
  readonly heads: readonly (Omit<LoggedMessage, 'masked' | 'at'> & { readonly at: string; readonly length: number })[];
  readonly bodies: Buffer;
}

export function messagesOf(row: ExchangeRow): { exchange: number; part: number; message: LoggedMessage }[] {
  const { exchange, heads, bodies } = row;
  if (exchange === null) return [];
  let start = 0;
  return heads.map(({ at, length, ...head }, part) => {
    const masked = bodies.subarray(start, start + length);
    start += length;
    return { exchange, part, message: { ...head, masked, at: new Date(at) } };
  });
}
