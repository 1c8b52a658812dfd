import type pg from 'pg';
import type { PushState } from '../../domain/push.ts';
import type { OtaSettings } from '../../provisioning/ota/ota-settings.ts';
import type { PushKind } from '../../provisioning/push/push-kinds.ts';
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
import { guarded, inTransaction } from './pg-fault.ts';
import { PUSH_CHANNEL } from './pg-push-outbox.ts';
import { storableText } from './storable-text.ts';

/** Rows in one statement: the payloads travel as text, twice their size. */
const ROWS_AT_ONCE = 500;

/**
 * $1 recipients, $2 why not, $3 ids of pushes, $4 destinations, $5 deviceIds, $6 payloads, $7 the place of the first, $8 the
 * send, $9 now, $10 the expiry, $11 and $12 ports, $13 priority; the others of the send, inserted with its first recipients.
 */
const INSERT = `
WITH n AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[])
    WITH ORDINALITY AS n(recipient, refused, push_id, destination, device_id, payload, place)),
  send AS (INSERT INTO ota_send (id, source, package_id, document_kind, security, recipient_count, refused_count, settings,
      created_at, expires_at)
    SELECT $8::uuid, $14, $15::uuid, $16, $17, $18::int, $19::int, $20::bytea, $9::timestamptz, $10::timestamptz WHERE $7::int = 0),
  row AS (INSERT INTO ota_recipient (send_id, position, recipient, push_id, refused)
    SELECT $8::uuid, $7::int + place - 1, recipient, push_id, refused FROM n),
  made AS (INSERT INTO push (id, kind, destination, device_id, destination_port, source_port, payload, state, due_at,
      expires_at, priority, created_at, updated_at)
    SELECT n.push_id, 'raw', n.destination, d.id, $11::int, $12::int, n.payload, 'queued', $9::timestamptz,
      $10::timestamptz, $13::smallint, $9::timestamptz, $9::timestamptz
    FROM n LEFT JOIN device d ON d.device_id = n.device_id WHERE n.push_id IS NOT NULL)
SELECT pg_notify('${PUSH_CHANNEL}', '')`;

const SEND = `SELECT s.id, s.source, s.package_id, s.document_kind, s.security, s.recipient_count, s.refused_count,
  s.created_at, s.expires_at FROM ota_send s`;

/** Sends in the tables `ota_send`, `ota_recipient` and `push`. Throws AppError `unavailable` when the database is away. */
export class PgOtaStore implements OtaStore {
  readonly #pool: pg.Pool;
  readonly #box: SecretBox;

  constructor(pool: pg.Pool, box: SecretBox) {
    this.#pool = pool;
    this.#box = box;
  }

  async create(send: NewOtaSend): Promise<void> {
    const { recipients } = send;
    // One statement is a transaction by itself, and spares the way for the others.
    if (recipients.length <= ROWS_AT_ONCE) {
      await guarded(() => this.#pool.query(this.#insertion(send, 0)));
      return;
    }
    await inTransaction(this.#pool, async (client) => {
      for (let from = 0; from < recipients.length; from += ROWS_AT_ONCE) {
        await client.query(this.#insertion(send, from));
      }
    });
  }

  /** Inserts some of the recipients; the first of them with the send itself. */
  #insertion({ recipients, settings, ...send }: NewOtaSend, from: number): pg.QueryConfig {
    const some = recipients.slice(from, from + ROWS_AT_ONCE);
    return {
      name: 'ota-insert',
      text: INSERT,
      values: [
        some.map(({ recipient }) => storableText(recipient)),
        some.map(({ refused }) => refused ?? null),
        some.map(({ push }) => push?.pushId ?? null),
        some.map(({ push }) => push?.destination ?? null),
        some.map(({ push }) => push?.deviceId ?? null),
        some.map(({ push }) => (push === undefined ? null : Buffer.from(this.#box.seal(push.payload)))),
        from,
        send.id,
        send.createdAt,
        send.expiresAt,
        send.destinationPort,
        send.sourcePort,
        send.priority,
        send.source,
        send.packageId ?? null,
        send.documentKind,
        send.security,
        recipients.length,
        recipients.filter(({ push }) => push === undefined).length,
        settings === undefined || from > 0 ? null : sealOtaSettings(this.#box, settings),
      ],
    };
  }

  async get(id: string): Promise<OtaReport | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<SendRow & { readonly states: Record<string, number> | null }>(
        `${SEND.replace(
          ' FROM',
          `, (SELECT json_object_agg(state, count) FROM (SELECT p.state, count(*) FROM ota_recipient r
              JOIN push p ON p.id = r.push_id WHERE r.send_id = s.id GROUP BY p.state) AS c) AS states FROM`,
        )} WHERE s.id = $1`,
        [id],
      ),
    );
    const [row] = rows;
    return row === undefined ? undefined : { ...sendOf(row), states: row.states ?? {} };
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
