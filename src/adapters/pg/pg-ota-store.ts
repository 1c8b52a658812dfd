import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import type { PushState } from '../../domain/push.ts';
import type { OtaSettings } from '../../provisioning/ota/ota-settings.ts';
import type { PushKind } from '../../provisioning/push/push-kinds.ts';
import { AppError } from '../../services/app-error.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type {
  NewOtaSend,
  OtaDevice,
  OtaOutcome,
  OtaReport,
  OtaSend,
  OtaSource,
  OtaStore,
} from '../../services/ports/ota-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import type { SecurityName } from '../../services/push-security.ts';
import { openOtaSettings, sealOtaSettings } from '../../services/sealing.ts';
import { GatheredWrites } from './gathered-writes.ts';
import { guarded, inTransaction } from './pg-fault.ts';
import { PushBell } from './push-bell.ts';
import { storableText } from './storable-text.ts';

/** Rows in one statement: the payloads travel as text, twice their size. */
const ROWS_AT_ONCE = 500;

const COUNTS_KEPT = 100;
const QUICK_MS = 25;
const MAX_KEPT_MS = 30_000;

/** What is quick is counted every time; the rest takes a twentieth of a core at most. */
function keptFor(tookMs: number): number {
  return tookMs < QUICK_MS ? 0 : Math.min(MAX_KEPT_MS, 20 * tookMs);
}

/**
 * Sends and their recipients, a column a parameter. Sends: $1 id, $2 source, $3 package, $4 kind, $5 security, $6 recipients
 * in all, $7 refused ones, $8 settings, $9 now, $10 the expiry, $11 and $12 ports, $13 priority, $14 whether it is new.
 * Recipients: $15 which of these sends, from 1, $16 the place in it, $17 recipient, $18 why not, $19 id of the push, $20
 * destination, $21 deviceId, $22 payload.
 */
const INSERT = `
WITH s AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::int[], $8::bytea[],
      $9::timestamptz[], $10::timestamptz[], $11::int[], $12::int[], $13::smallint[], $14::boolean[])
    WITH ORDINALITY AS s(id, source, package_id, document_kind, security, recipient_count, refused_count, settings, created_at,
      expires_at, destination_port, source_port, priority, is_new, no)),
  n AS (SELECT * FROM unnest($15::bigint[], $16::int[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[],
    $22::bytea[]) AS n(send_no, position, recipient, refused, push_id, destination, device_id, payload)),
  send AS (INSERT INTO ota_send (id, source, package_id, document_kind, security, recipient_count, refused_count, settings,
      created_at, expires_at)
    SELECT id, source, package_id, document_kind, security, recipient_count, refused_count, settings, created_at, expires_at
    FROM s WHERE is_new),
  row AS (INSERT INTO ota_recipient (send_id, position, recipient, push_id, refused)
    SELECT s.id, n.position, n.recipient, n.push_id, n.refused FROM n JOIN s ON s.no = n.send_no)
INSERT INTO push (id, kind, destination, device_id, destination_port, source_port, payload, state, due_at, expires_at,
    priority, created_at, updated_at)
  SELECT n.push_id, 'raw', n.destination, d.id, s.destination_port, s.source_port, n.payload, 'queued', s.created_at,
    s.expires_at, s.priority, s.created_at, s.created_at
  FROM n JOIN s ON s.no = n.send_no LEFT JOIN device d ON d.device_id = n.device_id WHERE n.push_id IS NOT NULL`;

const SEND = `SELECT s.id, s.source, s.package_id, s.document_kind, s.security, s.recipient_count, s.refused_count,
  s.created_at, s.expires_at FROM ota_send s`;

/** Sends in the tables `ota_send`, `ota_recipient` and `push`. Throws AppError `unavailable` when the database is away. */
export class PgOtaStore implements OtaStore {
  readonly #pool: pg.Pool;
  readonly #box: SecretBox;

  readonly #bell: PushBell;
  readonly #small: GatheredWrites<NewOtaSend>;
  readonly #keepMs: (tookMs: number) => number;
  readonly #counted = new LRUCache<string, { readonly states: OtaReport['states']; readonly until: number }>({
    max: COUNTS_KEPT,
  });

  /** @param keepMs for how long states of pushes are kept that took so long to count */
  constructor(pool: pg.Pool, box: SecretBox, keepMs: (tookMs: number) => number = keptFor) {
    this.#pool = pool;
    this.#box = box;
    this.#keepMs = keepMs;
    this.#bell = new PushBell(pool);
    this.#small = new GatheredWrites({
      // One statement is a transaction by itself, and spares the way for the others.
      write: (sends) => guarded(async () => void (await pool.query(this.#insertion(sends.map(wholeSend))))),
      weightOf: ({ recipients }) => recipients.length,
      limit: ROWS_AT_ONCE,
      isEverybodys: (error) => error instanceof AppError,
    });
  }

  async create(send: NewOtaSend): Promise<void> {
    const { length } = send.recipients;
    if (length <= ROWS_AT_ONCE) await this.#small.add(send);
    else {
      await inTransaction(this.#pool, async (client) => {
        for (let from = 0; from < length; from += ROWS_AT_ONCE) {
          await client.query(this.#insertion([{ send, from, to: Math.min(from + ROWS_AT_ONCE, length) }]));
        }
      });
    }
    this.#bell.ring();
  }

  /** Inserts some of the recipients; the first of them with the send itself. */
  #insertion(slices: readonly Slice[]): pg.QueryConfig {
    const rows = slices.flatMap(({ send, from, to }, index) =>
      send.recipients.slice(from, to).map((one, place) => ({ ...one, sendNo: index + 1, position: from + place })),
    );
    const sends = slices.map(({ send }) => send);
    return {
      name: 'ota-insert',
      text: INSERT,
      values: [
        sends.map(({ id }) => id),
        sends.map(({ source }) => source),
        sends.map(({ packageId }) => packageId ?? null),
        sends.map(({ documentKind }) => documentKind),
        sends.map(({ security }) => security),
        sends.map(({ recipients }) => recipients.length),
        sends.map(({ recipients }) => recipients.filter(({ push }) => push === undefined).length),
        slices.map(({ send: { settings }, from }) =>
          settings === undefined || from > 0 ? null : Buffer.from(sealOtaSettings(this.#box, settings)),
        ),
        sends.map(({ createdAt }) => createdAt),
        sends.map(({ expiresAt }) => expiresAt),
        sends.map(({ destinationPort }) => destinationPort),
        sends.map(({ sourcePort }) => sourcePort),
        sends.map(({ priority }) => priority),
        slices.map(({ from }) => from === 0),
        rows.map(({ sendNo }) => sendNo),
        rows.map(({ position }) => position),
        rows.map(({ recipient }) => storableText(recipient)),
        rows.map(({ refused }) => refused ?? null),
        rows.map(({ push }) => push?.pushId ?? null),
        rows.map(({ push }) => push?.destination ?? null),
        rows.map(({ push }) => push?.deviceId ?? null),
        rows.map(({ push }) => (push === undefined ? null : Buffer.from(this.#box.seal(push.payload)))),
      ],
    };
  }

  async get(id: string): Promise<OtaReport | undefined> {
    const { rows } = await guarded(() => this.#pool.query<SendRow>(`${SEND} WHERE s.id = $1`, [id]));
    const [row] = rows;
    return row === undefined ? undefined : { ...sendOf(row), states: await this.#statesOf(id) };
  }

  /** Of a send to many they take a while to count, and somebody who looks on asks again and again. */
  async #statesOf(id: string): Promise<OtaReport['states']> {
    const began = performance.now();
    const known = this.#counted.get(id);
    if (known !== undefined && known.until > began) return known.states;
    const { rows } = await guarded(() =>
      this.#pool.query<{ states: OtaReport['states'] | null }>({
        name: 'ota-states',
        text: `SELECT json_object_agg(state, count) AS states FROM (SELECT p.state, count(*) FROM ota_recipient r
          JOIN push p ON p.id = r.push_id WHERE r.send_id = $1 GROUP BY p.state) AS c`,
        values: [id],
      }),
    );
    const states = rows[0]?.states ?? {};
    const now = performance.now();
    this.#counted.set(id, { states, until: now + this.#keepMs(now - began) });
    return states;
  }

  async list({ limit, cursor }: PageRequest): Promise<Page<OtaSend>> {
    const before = cursor === undefined ? undefined : (decodeCursor(cursor, ['uuid']) as readonly [string]);
    const { rows } = await guarded(() =>
      this.#pool.query<SendRow>(`${SEND} WHERE $2::uuid IS NULL OR s.id < $2 ORDER BY s.id DESC LIMIT $1`, [
        limit + 1,
        before?.[0] ?? null,
      ]),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], sendOf);
  }

  async outcomes(id: string, { limit, cursor }: PageRequest): Promise<Page<OtaOutcome>> {
    const after = cursor === undefined ? -1 : (decodeCursor(cursor, ['integer']) as readonly [number])[0];
    const { rows } = await guarded(() =>
      this.#pool.query<OutcomeRow>(
        `SELECT r.position, r.recipient, r.refused, r.push_id, p.state, p.reason, p.updated_at
        FROM ota_recipient r LEFT JOIN push p ON p.id = r.push_id
        WHERE r.send_id = $1 AND r.position > $2 ORDER BY r.position LIMIT $3`,
        [id, after, limit + 1],
      ),
    );
    return pageOfRows(rows, limit, ({ position }) => [position], outcomeOf);
  }

  async settings(id: string): Promise<OtaSettings | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ settings: Buffer | null }>('SELECT settings FROM ota_send WHERE id = $1', [id]),
    );
    const sealed = rows[0]?.settings;
    return sealed == null ? undefined : openOtaSettings(this.#box, sealed);
  }

  async devices(deviceIds: readonly string[], msisdns: readonly string[]): Promise<readonly OtaDevice[]> {
    const digits = msisdns.map((msisdn) => msisdn.replace(/^\+/, ''));
    const { rows } = await guarded(() =>
      this.#pool.query<{ device_id: string; msisdn: string | null; imsi: string | null }>({
        name: 'ota-devices',
        text: `SELECT device_id, msisdn, imsi FROM device WHERE device_id = ANY ($1::text[])
        UNION SELECT device_id, msisdn, imsi FROM device WHERE msisdn = ANY ($2::text[])`,
        values: [deviceIds.map(storableText), [...digits, ...digits.map((number) => `+${number}`)]],
      }),
    );
    return rows.map(({ device_id, msisdn, imsi }) => ({
      deviceId: device_id,
      ...(msisdn === null ? {} : { msisdn }),
      ...(imsi === null ? {} : { imsi }),
    }));
  }
}

/** Recipients of a send that go into one statement. */
interface Slice {
  readonly send: NewOtaSend;
  readonly from: number;
  readonly to: number;
}

function wholeSend(send: NewOtaSend): Slice {
  return { send, from: 0, to: send.recipients.length };
}

interface SendRow {
  readonly id: string;
  readonly source: OtaSource;
  readonly package_id: string | null;
  readonly document_kind: PushKind;
  readonly security: SecurityName;
  readonly recipient_count: number;
  readonly refused_count: number;
  readonly created_at: Date;
  readonly expires_at: Date;
}

function sendOf(row: SendRow): OtaSend {
  return {
    id: row.id,
    source: row.source,
    ...(row.package_id === null ? {} : { packageId: row.package_id }),
    documentKind: row.document_kind,
    security: row.security,
    recipientCount: row.recipient_count,
    refusedCount: row.refused_count,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

interface OutcomeRow {
  readonly position: number;
  readonly recipient: string;
  readonly refused: string | null;
  readonly push_id: string | null;
  readonly state: PushState | null;
  readonly reason: string | null;
  readonly updated_at: Date | null;
}

function outcomeOf({ recipient, refused, push_id, state, reason, updated_at }: OutcomeRow): OtaOutcome {
  return {
    recipient,
    ...(refused === null ? {} : { refused }),
    ...(push_id === null ? {} : { pushId: push_id }),
    ...(state === null ? {} : { state }),
    ...(reason === null ? {} : { reason }),
    ...(updated_at === null ? {} : { updatedAt: updated_at }),
  };
}
