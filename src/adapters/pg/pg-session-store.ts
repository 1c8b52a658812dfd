import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import type { DeliveryState, FailurePolicy, SessionFailure } from '../../domain/delivery.ts';
import type { RefusalCount } from '../../domain/refusals.ts';
import type { PackageCommand } from '../../provisioning/package-command.ts';
import { decodeCursor, encodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import type {
  LoggedMessage,
  SessionChange,
  SessionContext,
  SessionRecord,
  SessionStore,
  StoredSession,
  WaitingDelivery,
} from '../../services/ports/session-store.ts';
import {
  openPendingAccounts,
  openSecrets,
  openVariables,
  sealPendingAccounts,
  sealSecrets,
} from '../../services/sealing.ts';
import type { SessionState } from '../../session/session-state.ts';
import { guarded } from './pg-fault.ts';
import { openReply, sealReply } from './sealed-reply.ts';
import {
  AUTH_FAILURE,
  alertRows,
  awaitedRows,
  deviceColumns,
  type ExchangeRow,
  logRow,
  messagesOf,
  moveRows,
  noteTexts,
  objectRows,
  RECORD,
  type RecordRow,
  recordOf,
  refusalsJson,
  resultReports,
  treeReport,
} from './session-rows.ts';
import {
  type CommitValues,
  type ContextRow,
  commitStatement,
  type DeliveryRow,
  type DeviceColumn,
  LOAD,
} from './session-statements.ts';
import { storableText } from './storable-text.ts';

export interface PgSessionStoreOptions {
  /** How much memory the packages under way may take, octets of their JSON. */
  readonly packageCacheBytes?: number;
}

const DEFAULT_PACKAGE_CACHE_BYTES = 64 * 1_048_576;
/** A SessionID has four digits at most in DM 1.2; what is longer is told apart by its hash, so it fits an index. */
const MAX_KEPT_SESSION_ID = 64;

const NO_COMMANDS: readonly PackageCommand[] = [];

type Packages = ReadonlyMap<string, readonly PackageCommand[]>;

/**
 * The session port on PostgreSQL: one statement to read, one to write. Packages are kept in memory; only the first
 * message that meets one takes a second statement.
 */
export class PgSessionStore implements SessionStore {
  readonly #pool: pg.Pool;
  readonly #box: SecretBox;
  readonly #packages: LRUCache<string, readonly PackageCommand[]>;

  constructor(pool: pg.Pool, box: SecretBox, options: PgSessionStoreOptions = {}) {
    this.#pool = pool;
    this.#box = box;
    this.#packages = new LRUCache({ maxSize: options.packageCacheBytes ?? DEFAULT_PACKAGE_CACHE_BYTES });
  }

  async load(deviceId: string, dmSessionId: string): Promise<SessionContext | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<ContextRow>({
        ...LOAD,
        values: [storableText(deviceId), sessionKey(dmSessionId)],
        rowMode: 'array',
      }),
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const deliveries = row[16] ?? [];
    const packages = await this.#packagesOf(deliveries);
    const session = this.#sessionOf(row, dmSessionId);
    return {
      device: this.#deviceOf(row, deviceId),
      ...(session === undefined ? {} : { session }),
      deliveries: deliveries.map((delivery) => this.#deliveryOf(delivery, packages)),
    };
  }

  async commit(change: SessionChange): Promise<boolean> {
    const { rowCount } = await guarded(() => this.#pool.query(commitStatement(this.#commitValues(change))));
    return rowCount === 1;
  }

  async countRefusals(deviceRowId: string, lock: number, refusals: readonly RefusalCount[]): Promise<boolean> {
    const { rowCount } = await guarded(() =>
      this.#pool.query({
        name: 'session-count-refusals',
        text: `UPDATE device SET refusals = $3, session_lock = session_lock + 1 WHERE id = $1 AND session_lock = $2`,
        values: [deviceRowId, lock, refusalsJson(refusals)],
      }),
    );
    return rowCount === 1;
  }

  async closeSilent(before: Date, now: Date, limit: number): Promise<number> {
    // The lock is moved on too: a message that was read before and is about to be committed has to look again.
    const { rowCount } = await guarded(() =>
      this.#pool.query({
        name: 'session-close-silent',
        text: `
WITH silent AS (SELECT s.id, s.device_id FROM dm_session s JOIN device v ON v.id = s.device_id
    WHERE s.closed_at IS NULL AND s.last_message_at < $1 LIMIT $3 FOR UPDATE OF v SKIP LOCKED),
  d AS (UPDATE device SET session_lock = session_lock + 1 WHERE id IN (SELECT device_id FROM silent))
UPDATE dm_session s SET phase = 'closed', closed_at = $2, close_reason = 'silent',
  state = json_strip_nulls(json_build_object('phase', 'closed', 'reason', 'silent', 'authFailure', ${AUTH_FAILURE}))
FROM silent WHERE s.id = silent.id AND s.closed_at IS NULL AND s.last_message_at < $1`,
        values: [before, now, limit],
      }),
    );
    return rowCount ?? 0;
  }

  async get(id: string): Promise<SessionRecord | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<RecordRow>({ name: 'session-get', text: `${RECORD} WHERE s.id = $1`, values: [id] }),
    );
    return rows[0] === undefined ? undefined : recordOf(rows[0]);
  }

  async list(
    filter: { readonly deviceId?: string; readonly open?: boolean },
    { limit, cursor }: PageRequest,
  ): Promise<Page<SessionRecord>> {
    const values: unknown[] = [limit + 1];
    const conditions = ['true'];
    if (filter.deviceId !== undefined) {
      conditions.push(`d.device_id = $${values.push(storableText(filter.deviceId))}`);
    }
    if (filter.open !== undefined) conditions.push(`s.closed_at IS ${filter.open ? '' : 'NOT '}NULL`);
    if (cursor !== undefined) conditions.push(`s.id < $${values.push(...decodeCursor(cursor, ['uuid']))}`);
    const { rows } = await guarded(() =>
      this.#pool.query<RecordRow>(`${RECORD} WHERE ${conditions.join(' AND ')} ORDER BY s.id DESC LIMIT $1`, values),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], recordOf);
  }

  async messages(id: string, { limit, cursor }: PageRequest): Promise<Page<LoggedMessage> | undefined> {
    const [exchange, part] =
      cursor === undefined ? [0, 0] : (decodeCursor(cursor, ['integer', 'integer']) as [number, number]);
    const { rows } = await guarded(() =>
      this.#pool.query<ExchangeRow>({
        name: 'session-messages',
        // Every exchange has a message at least.
        text: `SELECT e.exchange, e.heads, e.bodies FROM dm_session s LEFT JOIN dm_exchange e
          ON e.session_id = s.id AND e.exchange >= $2
          WHERE s.id = $1 ORDER BY e.exchange LIMIT $3`,
        values: [id, exchange, limit + 2],
      }),
    );
    if (rows.length === 0) return undefined;
    const messages = rows.flatMap(messagesOf).filter((one) => one.exchange > exchange || one.part >= part);
    const next = messages[limit];
    return {
      items: messages.slice(0, limit).map(({ message }) => message),
      ...(next === undefined ? {} : { nextCursor: encodeCursor([next.exchange, next.part]) }),
    };
  }

  #deviceOf(row: ContextRow, deviceId: string): SessionContext['device'] {
    const [id, msisdn, imsi, auth, username, secrets, nonce, previousNonce, serverNonce, lock] = row;
    const [serverAuth, scope, refusals, takesPieces] = [row[17], row[18], row[19], row[20]];
    const { clientPassword, serverPassword, former } = openSecrets(this.#box, secrets);
    const pending = openPendingAccounts(this.#box, row[21]);
    return {
      id,
      deviceId,
      ...(msisdn === null ? {} : { msisdn }),
      ...(imsi === null ? {} : { imsi }),
      account: {
        auth,
        client: {
          username,
          password: clientPassword,
          ...(nonce === null ? {} : { nonce }),
          ...(previousNonce === null ? {} : { previousNonce }),
          ...(scope === null ? {} : { scope }),
        },
        server: {
          password: serverPassword,
          ...(serverAuth === null ? {} : { auth: serverAuth }),
          ...(serverNonce === null ? {} : { nonce: serverNonce }),
        },
        ...(former === undefined ? {} : { generation: former.generation + 1, former }),
        ...(pending.length === 0 ? {} : { pending }),
      },
      refusals: refusals ?? [],
      ...(takesPieces === null ? {} : { takesPieces }),
      lock,
    };
  }

  #sessionOf(row: ContextRow, dmSessionId: string): StoredSession | undefined {
    const [id, state, lastMsgId, lastReply, openedAt, lastMessageAt] = row.slice(10, 16) as [
      string | null,
      SessionState,
      string,
      Buffer,
      Date,
      Date,
    ];
    if (id === null) return undefined;
    return { id, dmSessionId, state, lastMsgId, lastReply: openReply(this.#box, lastReply), openedAt, lastMessageAt };
  }

  #deliveryOf(row: DeliveryRow, packages: Packages): WaitingDelivery {
    const [id, packageId, state, position, triggerSessionId, variables, failureCode, failureMessage, sent, onFailure] =
      row;
    const plan = row[10];
    return {
      id,
      ...(packageId === null ? {} : { packageId }),
      ...(plan === null ? {} : { plan }),
      state: state as DeliveryState,
      position,
      sent,
      onFailure: onFailure as FailurePolicy,
      ...(triggerSessionId === null ? {} : { triggerSessionId }),
      variables: openVariables(this.#box, variables === null ? null : Buffer.from(variables, 'base64')),
      ...(failureCode === null
        ? {}
        : { failure: { code: failureCode as SessionFailure['code'], message: failureMessage ?? '' } }),
      commands:
        packageId === null
          ? NO_COMMANDS
          : (packages.get(packageId) ?? fault(`the package ${packageId} of the delivery ${id} is gone`)),
    };
  }

  /** From memory where possible; what does not fit there is read anew every time. */
  async #packagesOf(deliveries: readonly DeliveryRow[]): Promise<Packages> {
    const packages = new Map<string, readonly PackageCommand[]>();
    const missing: string[] = [];
    for (const [, packageId] of deliveries) {
      if (packageId === null) continue;
      const commands = this.#packages.get(packageId);
      if (commands === undefined) missing.push(packageId);
      else packages.set(packageId, commands);
    }
    if (missing.length === 0) return packages;
    const { rows } = await guarded(() =>
      this.#pool.query<{ id: string; commands: string }>({
        name: 'session-packages',
        text: 'SELECT id, commands::text AS commands FROM package WHERE id = ANY ($1)',
        values: [missing],
      }),
    );
    for (const { id, commands: json } of rows) {
      const commands = JSON.parse(json) as PackageCommand[];
      packages.set(id, commands);
      this.#packages.set(id, commands, { size: json.length });
    }
    return packages;
  }

  /** The account with which a device has answered a bootstrap, in place of the one before. */
  #adoptedColumns({ device: { adopted }, at }: SessionChange): [DeviceColumn, unknown][] {
    if (adopted === undefined) return [];
    const { account, pending } = adopted;
    const { client, server } = account;
    return [
      ['auth', account.auth],
      ['client_username', client.username],
      ['server_auth', null],
      ['server_password_mark', this.#box.mark(server.password)],
      ['refusals', null],
      ['secrets', sealSecrets(this.#box, { clientPassword: client.password, serverPassword: server.password })],
      ['client_nonce', client.nonce ?? null],
      ['previous_client_nonce', null],
      ['server_nonce', server.nonce ?? null],
      ['has_account', true],
      ['pending_accounts', sealPendingAccounts(this.#box, pending)],
      ['bootstrap_state', pending.length === 0 ? 'done' : 'pending'],
      ['bootstrap_at', at],
    ];
  }

  #commitValues(change: SessionChange): CommitValues {
    const { session } = change;
    return {
      deviceRowId: change.deviceRowId,
      lock: change.lock,
      at: change.at,
      device: [...new Map([...this.#adoptedColumns(change), ...deviceColumns(change)])],
      session: {
        id: session.id,
        dmSessionId: session.isNew ? sessionKey(session.dmSessionId) : undefined,
        supersedesOthers: session.supersedesOthers,
        phase: session.state.phase,
        state: JSON.stringify(session.state),
        lastMsgId: storableText(session.lastMsgId),
        lastReply: sealReply(this.#box, session.lastReply),
        closeReason: session.closed?.reason,
        notes: noteTexts(session.notes),
      },
      deliveries: moveRows(change.deliveries),
      results: resultReports(change.results),
      objects: objectRows(change.objects),
      tree: treeReport(change),
      alerts: alertRows(change.alerts),
      awaited: awaitedRows(change.awaited),
      log: logRow(change.log),
    };
  }
}

function fault(message: string): never {
  throw new Error(message);
}

function sessionKey(dmSessionId: string): string {
  if (dmSessionId.length <= MAX_KEPT_SESSION_ID) return storableText(dmSessionId);
  return `sha256:${createHash('sha256').update(dmSessionId).digest('hex')}`;
}
