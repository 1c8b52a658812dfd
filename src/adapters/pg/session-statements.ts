import type { RefusalCount } from '../../domain/refusals.ts';
import type { TreePlan } from '../../session/tree-plan.ts';

/**
 * The two statements that every DM message takes: one that reads, one that writes. Both are sent by name, so PostgreSQL
 * parses and plans them once for each connection.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** More waiting deliveries than a session carries out; the rest follows in the next one. */
const DELIVERIES_AT_ONCE = 32;
/** So many notes of a session are kept from its beginning, and so many from its end. */
const NOTES_AT_EACH_END = 16;

/** $1 the device's `deviceId`, $2 its SessionID. One row or none; columns as {@link ContextRow}. */
export const LOAD: Statement = {
  name: 'session-load',
  text: `
SELECT d.id, d.msisdn, d.imsi, d.auth, d.client_username, d.secrets,
  d.client_nonce, d.previous_client_nonce, d.server_nonce, d.session_lock,
  s.id, s.state, s.last_msg_id, s.last_reply, s.opened_at, s.last_message_at,
  (SELECT json_agg(json_build_array(o.id, o.package_id, o.state, o.position, o.trigger_session_id,
      encode(o.variables, 'base64'), o.failure_code, o.failure_message,
      o.sent, o.on_failure, o.plan))
    FROM (SELECT * FROM delivery WHERE device_id = d.id AND ended_at IS NULL
      ORDER BY id LIMIT ${DELIVERIES_AT_ONCE}) o),
  d.server_auth, d.client_scope, d.refusals, d.takes_pieces, d.pending_accounts
FROM device d
LEFT JOIN LATERAL (SELECT * FROM dm_session WHERE device_id = d.id AND dm_session_id = $2
  ORDER BY opening DESC LIMIT 1) s ON true
WHERE d.device_id = $1`,
};

/** What {@link LOAD} gives back, in its order (rows come as arrays). */
export type ContextRow = [
  id: string,
  msisdn: string | null,
  imsi: string | null,
  auth: 'basic' | 'md5' | 'hmac',
  clientUsername: string,
  secrets: Buffer,
  clientNonce: Buffer | null,
  previousClientNonce: Buffer | null,
  serverNonce: Buffer | null,
  lock: number,
  sessionId: string | null,
  state: unknown,
  lastMsgId: string,
  lastReply: Buffer,
  openedAt: Date,
  lastMessageAt: Date,
  deliveries: DeliveryRow[] | null,
  serverAuth: 'basic' | 'md5' | 'hmac' | null,
  clientScope: 'session' | 'message' | null,
  refusals: RefusalCount[] | null,
  takesPieces: boolean | null,
  pendingAccounts: Buffer | null,
];

export type DeliveryRow = [
  id: string,
  packageId: string | null,
  state: string,
  position: number,
  triggerSessionId: number | null,
  variables: string | null,
  failureCode: string | null,
  failureMessage: string | null,
  sent: number,
  onFailure: string,
  plan: TreePlan | null,
];

/** A change in the form the statement takes; made by the store, which seals and cleans. */
export interface CommitValues {
  readonly deviceRowId: string;
  readonly lock: number;
  readonly at: Date;
  /** By column; only what is to change. */
  readonly device: readonly (readonly [column: DeviceColumn, value: unknown])[];
  readonly session: {
    readonly id: string;
    /** Given for a session that is new. */
    readonly dmSessionId: string | undefined;
    readonly supersedesOthers: boolean;
    readonly phase: string;
    /** JSON. */
    readonly state: string;
    readonly lastMsgId: string;
    readonly lastReply: Uint8Array;
    readonly closeReason: string | undefined;
    /** Given when there are any. */
    readonly notes: readonly string[] | undefined;
  };
  readonly deliveries: readonly {
    readonly id: string;
    readonly state: string;
    /** The states from which the new one can be reached. */
    readonly from: readonly string[];
    readonly position: number;
    readonly sent: number;
    readonly final: boolean;
    readonly failureCode: string | null;
    readonly failureMessage: string | null;
    /** JSON. */
    readonly plan: string | undefined;
  }[];
  /** JSON, as the table `result_report` describes it. */
  readonly results: readonly { readonly deliveryId: string; readonly json: string }[];
  /** See `ObjectChange`. */
  readonly objects: readonly {
    readonly id: string;
    readonly begun:
      | {
          readonly deliveryId: string | null;
          readonly locUri: string;
          readonly format: string | null;
          readonly type: string | null;
        }
      | undefined;
    readonly piece: { readonly place: number; readonly octets: Uint8Array } | undefined;
    readonly state: 'open' | 'complete' | 'dropped';
    readonly size: number | null;
    readonly replaces: string | undefined;
  }[];
  /** JSON, as the table `tree_report` describes it. */
  readonly tree: string | undefined;
  /** JSON, rows of `device_alert` without what the statement knows. */
  readonly alerts: string | undefined;
  /** JSON, rows of `awaited_exec` without what the statement knows. */
  readonly awaited: string | undefined;
  /** As the table `dm_exchange` describes it. */
  readonly log: { readonly heads: string; readonly bodies: Uint8Array } | undefined;
}

/** Column by column the letter it has in a statement's name. */
const DEVICE_COLUMNS = {
  client_nonce: 'n',
  previous_client_nonce: 'p',
  server_nonce: 's',
  last_seen_at: 't',
  refusals: 'r',
  info_dev_id: 'i',
  info_man: 'm',
  info_mod: 'o',
  info_dmv: 'v',
  info_lang: 'l',
  takes_pieces: 'g',
  info_fwv: 'f',
  // When a bootstrap has been answered; always together.
  auth: 'A',
  client_username: 'B',
  secrets: 'C',
  server_auth: 'D',
  server_password_mark: 'M',
  has_account: 'E',
  pending_accounts: 'G',
  bootstrap_state: 'H',
  bootstrap_at: 'I',
} as const;
export type DeviceColumn = keyof typeof DEVICE_COLUMNS;

/**
 * One statement for the whole change. Everything hangs on the row that `UPDATE device … WHERE session_lock` gives back:
 * when another message was committed first there is none, and nothing is written. A part that has nothing to write is
 * left out of the text, so there are as many texts as there are kinds of messages: a handful in practice.
 */
export function commitStatement(values: CommitValues): Statement & { readonly values: unknown[] } {
  const { session } = values;
  let name = 'session-commit-';
  const bound: unknown[] = [];
  const bind = (value: unknown): string => `$${bound.push(value)}`;
  const parts: string[] = [];
  const part = (letter: string, text: string): void => {
    name += letter;
    parts.push(text);
  };

  const device = bind(values.deviceRowId);
  const lock = bind(values.lock);
  const at = `${bind(values.at)}::timestamptz`;
  const sessionId = `${bind(session.id)}::uuid`;
  let columns = 'session_lock = session_lock + 1';
  for (const [column, value] of values.device) {
    name += DEVICE_COLUMNS[column];
    columns += `, ${column} = ${bind(value)}`;
  }
  parts.push(`d AS (UPDATE device SET ${columns} WHERE id = ${device} AND session_lock = ${lock} RETURNING id)`);

  const phase = bind(session.phase);
  const state = bind(session.state);
  const lastMsgId = bind(session.lastMsgId);
  const lastReply = bind(session.lastReply);
  const reason = session.closeReason === undefined ? undefined : `${bind(session.closeReason)}::text`;
  if (reason !== undefined) name += 'c';
  const notes = session.notes === undefined ? undefined : `${bind(session.notes)}::text[]`;
  if (notes !== undefined) name += 'w';
  if (session.dmSessionId !== undefined) {
    part(
      'O',
      `s AS (INSERT INTO dm_session (id, device_id, dm_session_id, opening, phase, state, last_msg_id, last_reply,
    opened_at, last_message_at, closed_at, close_reason${notes === undefined ? '' : ', notes'})
  SELECT ${sessionId}, d.id, ${bind(session.dmSessionId)}::text, ${lock}, ${phase}::text, ${state}::json,
    ${lastMsgId}::text, ${lastReply}::bytea, ${at}, ${at}, ${reason === undefined ? 'NULL' : at}, ${reason ?? 'NULL'}
    ${notes === undefined ? '' : `, ${firstAndLast(notes)}`}
  FROM d)`,
    );
  } else {
    part(
      'U',
      `s AS (UPDATE dm_session SET phase = ${phase}, state = ${state}, last_msg_id = ${lastMsgId},
    last_reply = ${lastReply}, last_message_at = ${at}
    ${reason === undefined ? '' : `, closed_at = ${at}, close_reason = ${reason}`}
    ${notes === undefined ? '' : `, notes = ${firstAndLast(`dm_session.notes || ${notes}`)}`}
  FROM d WHERE dm_session.id = ${sessionId})`,
    );
  }
  if (session.supersedesOthers) {
    part(
      'S',
      `others AS (UPDATE dm_session o SET phase = 'closed', state = '{"phase":"closed","reason":"superseded"}',
    closed_at = ${at}, close_reason = 'superseded'
  FROM d WHERE o.device_id = d.id AND o.closed_at IS NULL AND o.id <> ${sessionId})`,
    );
  }
  values.deliveries.forEach((move, place) => {
    part(
      `${move.final ? 'F' : 'D'}${move.plan === undefined ? '' : 'P'}`,
      `move${place} AS (UPDATE delivery SET state = ${bind(move.state)}, position = ${bind(move.position)},
    sent = GREATEST(sent, ${bind(move.sent)}),
    failure_code = ${bind(move.failureCode)}, failure_message = ${bind(move.failureMessage)}, updated_at = ${at},
    ended_at = ${move.final ? at : 'NULL'}${move.plan === undefined ? '' : `, plan = ${bind(move.plan)}::json`}
  FROM d WHERE delivery.id = ${bind(move.id)} AND delivery.device_id = d.id
    AND delivery.state = ANY (${bind(move.from)}::text[]))`,
    );
  });
  values.results.forEach(({ deliveryId, json }, place) => {
    part(
      'R',
      `results${place} AS (INSERT INTO result_report (delivery_id, exchange, results)
  SELECT ${bind(deliveryId)}::uuid, ${lock}, ${bind(json)}::json FROM d)`,
    );
  });
  values.objects.forEach(({ id, begun, piece, state, size, replaces }, place) => {
    const objectId = `${bind(id)}::uuid`;
    const completedAt = state === 'complete' ? at : 'NULL';
    if (state === 'dropped') {
      part('X', `object${place} AS (DELETE FROM device_object o USING d WHERE o.id = ${objectId})`);
      return;
    }
    if (begun !== undefined) {
      part(
        state === 'complete' ? 'W' : 'B',
        `object${place} AS (INSERT INTO device_object (id, device_id, session_id, delivery_id, loc_uri, size, format, type,
    begun_at, completed_at)
  SELECT ${objectId}, d.id, ${sessionId}, ${bind(begun.deliveryId)}::uuid, ${bind(begun.locUri)}::text,
    ${bind(size)}::int, ${bind(begun.format)}::text, ${bind(begun.type)}::text, ${at}, ${completedAt} FROM d)`,
      );
    } else if (state === 'complete') {
      part(
        'E',
        `object${place} AS (UPDATE device_object o SET completed_at = ${at}, size = ${bind(size)} FROM d
  WHERE o.id = ${objectId} AND o.device_id = d.id)`,
      );
    }
    if (replaces !== undefined) {
      // The new one is not complete yet for this statement, so it does not remove itself.
      part(
        'Y',
        `replaced${place} AS (DELETE FROM device_object o USING d WHERE o.device_id = d.id AND o.delivery_id IS NULL
    AND o.completed_at IS NOT NULL AND o.loc_uri = ${bind(replaces)})`,
      );
    }
    if (piece !== undefined) {
      part(
        'P',
        `piece${place} AS (INSERT INTO object_piece (object_id, place, octets)
  SELECT ${objectId}, ${bind(piece.place)}::int, ${bind(piece.octets)}::bytea FROM d)`,
      );
    }
  });
  if (values.tree !== undefined) {
    part(
      'T',
      `tree AS (INSERT INTO tree_report (device_id, exchange, report, at)
  SELECT d.id, ${lock}, ${bind(values.tree)}::json, ${at} FROM d)`,
    );
  }
  if (values.alerts !== undefined) {
    part(
      'A',
      `alerts AS (INSERT INTO device_alert (device_id, session_id, exchange, code, type, format, mark, correlator, source,
    target, data, at)
  SELECT d.id, ${sessionId}, ${lock}, a.*, ${at} FROM d, json_to_recordset(${bind(values.alerts)}::json)
    AS a(code int, type text, format text, mark text, correlator text, source text, target text, data text))`,
    );
  }
  if (values.awaited !== undefined) {
    part(
      'X',
      `awaited AS (INSERT INTO awaited_exec (device_id, exchange, delivery_id, path, correlator)
  SELECT d.id, ${lock}, x.* FROM d, json_to_recordset(${bind(values.awaited)}::json)
    AS x(delivery_id uuid, path text, correlator text))`,
    );
  }
  if (values.log !== undefined) {
    part(
      'L',
      `log AS (INSERT INTO dm_exchange (session_id, exchange, heads, bodies)
  SELECT ${sessionId}, ${lock}, ${bind(values.log.heads)}::json, ${bind(values.log.bodies)}::bytea FROM d)`,
    );
  }
  return { name, text: `WITH ${parts.join(',\n')}\nSELECT 1 FROM d`, values: bound };
}

/** A device that is always wrong must not fill the row; why its session ended comes last. */
function firstAndLast(notes: string): string {
  const [most, last] = [NOTES_AT_EACH_END, NOTES_AT_EACH_END - 1];
  return `(SELECT a[1:${most}] || a[greatest(${most + 1}, cardinality(a) - ${last}):] FROM (SELECT ${notes} AS a) n)`;
}
