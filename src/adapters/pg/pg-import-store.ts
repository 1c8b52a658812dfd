import type pg from 'pg';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type {
  ClaimedImport,
  DeviceImport,
  ImportBatch,
  ImportFormat,
  ImportPolicy,
  ImportState,
  ImportStore,
  NewImport,
  RefusedLine,
} from '../../services/ports/import-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import { ImportBatchWriter } from './import-batch-writer.ts';
import { guarded, inTransaction } from './pg-fault.ts';
import { storable, storableText } from './storable-text.ts';

const COLUMNS = `i.id, i.format, i.policy, i.state, i.size, i.position, i.lines, i.created, i.updated, i.unchanged, i.refused,
  i.reason, i.created_by, i.created_at, i.updated_at, i.ended_at`;

interface Row {
  readonly id: string;
  readonly format: ImportFormat;
  readonly policy: ImportPolicy;
  readonly state: ImportState;
  readonly size: string;
  readonly position: string;
  readonly lines: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly reason: string | null;
  readonly created_by: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly ended_at: Date | null;
}

/** Lines of a report read at a time. */
const REPORT_BATCH = 1_000;
/** Imports that are forgotten at a time. */
const FORGOTTEN = 10;
const MAX_REASON_LENGTH = 500;

/**
 * Files of devices in the tables `device_import`, `device_import_piece` (sealed: they hold passwords) and
 * `device_import_refusal`. Throws AppError `unavailable` when the database is away.
 */
export class PgImportStore implements ImportStore {
  readonly #pool: pg.Pool;
  readonly #box: SecretBox;
  readonly #writer: ImportBatchWriter;

  constructor(pool: pg.Pool, box: SecretBox) {
    this.#pool = pool;
    this.#box = box;
    this.#writer = new ImportBatchWriter(box);
  }

  async begin({ id, format, policy, createdBy, createdAt }: NewImport): Promise<void> {
    await this.#run(
      `INSERT INTO device_import (id, format, policy, state, created_by, created_at, updated_at)
        VALUES ($1, $2, $3, 'receiving', $4, $5, $5)`,
      [id, format, policy, createdBy, createdAt],
    );
  }

  async append(id: string, place: number, octets: Uint8Array, now: Date): Promise<void> {
    await this.#run(
      `WITH i AS (UPDATE device_import SET size = size + $3::int, updated_at = $4
          WHERE id = $1 AND state = 'receiving' RETURNING id)
        INSERT INTO device_import_piece (import_id, place, octets) SELECT i.id, $2::int, $5::bytea FROM i`,
      [id, place, octets.length, now, Buffer.from(this.#box.seal(octets))],
    );
  }

  async received(id: string, now: Date): Promise<DeviceImport> {
    const [row] = await this.#rows(
      `UPDATE device_import i SET state = 'queued', updated_at = $2 WHERE id = $1 AND state = 'receiving' RETURNING ${COLUMNS}`,
      [id, now],
    );
    if (row === undefined) throw new Error(`the import ${id} is not being received any more`);
    return importOf(row);
  }

  async fail(id: string, reason: string, now: Date): Promise<void> {
    await this.#run(
      `WITH i AS (UPDATE device_import SET state = 'failed', reason = $2, updated_at = $3, ended_at = $3, worker_id = NULL
          WHERE id = $1 AND ended_at IS NULL RETURNING id)
        DELETE FROM device_import_piece p USING i WHERE p.import_id = i.id`,
      [id, storableText(reason.slice(0, MAX_REASON_LENGTH)), now],
    );
  }

  async get(id: string): Promise<DeviceImport | undefined> {
    const [row] = await this.#rows(`SELECT ${COLUMNS} FROM device_import i WHERE i.id = $1`, [id]);
    return row && importOf(row);
  }

  async list({ limit, cursor }: PageRequest): Promise<Page<DeviceImport>> {
    const [before] = cursor === undefined ? [null] : decodeCursor(cursor, ['uuid']);
    const rows = await this.#rows(
      `SELECT ${COLUMNS} FROM device_import i WHERE $2::uuid IS NULL OR i.id < $2 ORDER BY i.id DESC LIMIT $1`,
      [limit + 1, before],
    );
    return pageOfRows(rows, limit, ({ id }) => [id], importOf);
  }

  async refusals(id: string, { limit, cursor }: PageRequest): Promise<Page<RefusedLine>> {
    const [after] = cursor === undefined ? [0] : decodeCursor(cursor, ['integer']);
    return pageOfRows(
      await this.#refusals(id, Number(after), limit + 1),
      limit,
      ({ line }) => [line],
      (refusal) => refusal,
    );
  }

  async *refusalBatches(id: string): AsyncGenerator<readonly RefusedLine[]> {
    for (let after = 0; ; ) {
      const refusals = await this.#refusals(id, after, REPORT_BATCH);
      if (refusals.length > 0) yield refusals;
      if (refusals.length < REPORT_BATCH) return;
      after = refusals.at(-1)?.line ?? 0;
    }
  }

  async claim(workerId: string, now: Date, leaseUntil: Date): Promise<ClaimedImport | undefined> {
    const [row] = await this.#rows(
      `UPDATE device_import i SET state = 'running', worker_id = $1, lease_until = $3, updated_at = $2
        FROM (SELECT id FROM device_import
          WHERE state = 'queued' OR state = 'running' AND (worker_id IS NULL OR lease_until < $2)
          ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) AS next
        WHERE i.id = next.id RETURNING ${COLUMNS}`,
      [workerId, now, leaseUntil],
    );
    return row && { ...importOf(row), workerId };
  }

  async *octets(id: string): AsyncGenerator<Uint8Array> {
    for (let place = 0; ; place++) {
      const { rows } = await guarded(() =>
        this.#pool.query<{ octets: Buffer }>(
          'SELECT octets FROM device_import_piece WHERE import_id = $1 AND place = $2',
          [id, place],
        ),
      );
      const [row] = rows;
      if (row === undefined) return;
      yield this.#box.open(row.octets);
    }
  }

  async apply(
    { id, policy, workerId }: ClaimedImport,
    batch: ImportBatch,
    now: Date,
    leaseUntil: Date,
  ): Promise<boolean> {
    return inTransaction(this.#pool, async (client) => {
      // Held to the end: whoever claims it meanwhile waits, and sees what was done.
      const held = await client.query(
        `SELECT 1 FROM device_import WHERE id = $1 AND worker_id = $2 AND state = 'running' AND lines < $3 FOR UPDATE`,
        [id, workerId, batch.line],
      );
      if (held.rowCount === 0) return false;
      const outcome = await this.#writer.write(client, policy, batch.orders, now);
      const refused = [...batch.refused, ...outcome.refused];
      await client.query({
        name: 'import-progress',
        text: `
WITH r AS (INSERT INTO device_import_refusal (import_id, line, device_id, reason)
    SELECT $1, n.* FROM unnest($9::int[], $10::text[], $11::text[]) AS n)
UPDATE device_import SET lines = $2, position = $3, created = created + $4, updated = updated + $5,
  unchanged = unchanged + $6, refused = refused + $12, updated_at = $7, lease_until = $8 WHERE id = $1`,
        values: [
          id,
          batch.line,
          batch.position,
          outcome.created,
          outcome.updated,
          outcome.unchanged,
          now,
          leaseUntil,
          refused.map(({ line }) => line),
          refused.map(({ deviceId }) => storable(deviceId) ?? null),
          refused.map(({ reason }) => storableText(reason.slice(0, MAX_REASON_LENGTH))),
          refused.length,
        ],
      });
      return true;
    });
  }

  async complete({ id, workerId }: ClaimedImport, now: Date): Promise<void> {
    // Until the database knows the new devices, it guesses how to find them; it would look for itself after a minute.
    await this.#run('ANALYZE device', []);
    await this.#run(
      `WITH i AS (UPDATE device_import SET state = 'completed', position = size, updated_at = $3, ended_at = $3,
          worker_id = NULL WHERE id = $1 AND worker_id = $2 AND state = 'running' RETURNING id)
        DELETE FROM device_import_piece p USING i WHERE p.import_id = i.id`,
      [id, workerId, now],
    );
  }

  async release({ id, workerId }: ClaimedImport): Promise<void> {
    await this.#run(
      `UPDATE device_import SET worker_id = NULL WHERE id = $1 AND worker_id = $2 AND state = 'running'`,
      [id, workerId],
    );
  }

  async sweep(silentSince: Date, endedBefore: Date, now: Date): Promise<void> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ id: string; silent: boolean }>(
        `SELECT id, ended_at IS NULL AS silent FROM device_import
          WHERE state = 'receiving' AND updated_at < $1 OR ended_at < $2 ORDER BY id LIMIT ${FORGOTTEN}`,
        [silentSince, endedBefore],
      ),
    );
    for (const { id, silent } of rows) {
      if (silent) await this.fail(id, 'The file broke off before its end.', now);
      else {
        await this.#run(
          `WITH i AS (DELETE FROM device_import WHERE id = $1 RETURNING id)
            DELETE FROM device_import_refusal r USING i WHERE r.import_id = i.id`,
          [id],
        );
      }
    }
  }

  async #refusals(id: string, after: number, limit: number): Promise<RefusedLine[]> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ line: number; device_id: string | null; reason: string }>(
        `SELECT line, device_id, reason FROM device_import_refusal WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3`,
        [id, after, limit],
      ),
    );
    return rows.map(({ line, device_id, reason }) => ({
      line,
      ...(device_id === null ? {} : { deviceId: device_id }),
      reason,
    }));
  }

  async #rows(text: string, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await guarded(() => this.#pool.query<Row>(text, [...values]));
    return rows;
  }

  async #run(text: string, values: readonly unknown[]): Promise<void> {
    await guarded(() => this.#pool.query(text, [...values]));
  }
}

function importOf(row: Row): DeviceImport {
  const { id, format, policy, state, lines, created, updated, unchanged, refused } = row;
  return {
    id,
    format,
    policy,
    state,
    size: Number(row.size),
    position: Number(row.position),
    lines,
    created,
    updated,
    unchanged,
    refused,
    ...(row.reason === null ? {} : { reason: row.reason }),
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}
