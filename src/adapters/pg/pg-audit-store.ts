import type pg from 'pg';
import type { PrincipalKind, Role } from '../../domain/principal.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { AuditEntry, AuditFilter, AuditStore } from '../../services/ports/audit-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import { guarded } from './pg-fault.ts';
import { storableText } from './storable-text.ts';
import { firstIdOf } from './time-ordered-id.ts';

interface Row {
  readonly id: string;
  readonly at: Date;
  readonly principal_id: string;
  readonly principal_kind: PrincipalKind;
  readonly principal_name: string;
  readonly role: Role;
  readonly operation: string;
  readonly params: Readonly<Record<string, string>>;
  readonly made: string | null;
  readonly status: number;
  readonly address: string;
}

/** The audit log in the table `audit_entry`. Ids are UUIDv7: what is asked by time is asked by id. */
export class PgAuditStore implements AuditStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async add(entries: readonly AuditEntry[]): Promise<void> {
    const rows = entries.map(({ id, at, principal, operation, params, made, status, address }) => ({
      id,
      at,
      principal_id: principal.id,
      principal_kind: principal.kind,
      principal_name: principal.name,
      role: principal.role,
      operation,
      params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, storableText(value)])),
      made: made ?? null,
      status,
      address,
    }));
    await guarded(() =>
      this.#pool.query({
        name: 'audit-add',
        text: 'INSERT INTO audit_entry SELECT * FROM json_populate_recordset(NULL::audit_entry, $1)',
        values: [JSON.stringify(rows)],
      }),
    );
  }

  async list(filter: AuditFilter, { limit, cursor }: PageRequest): Promise<Page<AuditEntry>> {
    const values: unknown[] = [limit + 1];
    const conditions: string[] = ['true'];
    const where = (condition: string, value: unknown): void => {
      conditions.push(condition.replace('?', `$${values.push(value)}`));
    };
    if (filter.principalId !== undefined) where('principal_id = ?', storableText(filter.principalId));
    if (filter.operation !== undefined) where('operation = ?', storableText(filter.operation));
    if (filter.from !== undefined) where('id >= ?', firstIdOf(filter.from));
    if (filter.until !== undefined) where('id < ?', firstIdOf(filter.until));
    if (cursor !== undefined) where('id < ?', decodeCursor(cursor, ['uuid'])[0]);
    const { rows } = await guarded(() =>
      this.#pool.query<Row>(
        `SELECT * FROM audit_entry WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT $1`,
        values,
      ),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], entryOf);
  }

  async removeBefore(before: Date, limit: number): Promise<number> {
    const { rowCount } = await guarded(() =>
      this.#pool.query(
        `DELETE FROM audit_entry WHERE id IN (SELECT id FROM audit_entry WHERE id < $1
          ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [firstIdOf(before), limit],
      ),
    );
    return rowCount ?? 0;
  }
}

function entryOf(row: Row): AuditEntry {
  return {
    id: row.id,
    at: row.at,
    principal: { id: row.principal_id, kind: row.principal_kind, name: row.principal_name, role: row.role },
    operation: row.operation,
    params: row.params,
    ...(row.made !== null && { made: row.made }),
    status: row.status,
    address: row.address,
  };
}
