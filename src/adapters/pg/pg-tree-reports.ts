import type pg from 'pg';
import type { NodeValue } from '../../domain/device.ts';
import { applyTreeReport } from '../../domain/tree-report.ts';
import { inTransaction } from './pg-fault.ts';
import { storable, storableText } from './storable-text.ts';

/** One process at a time: reports of a device have to be worked in in their order. The number has no meaning. */
const ADVISORY_LOCK = 2_026_012_201;

/** PostgreSQL cannot index more than about 2,700 octets; such a LocURI is nobody's that we would want to remember. */
const MAX_LOC_URI_OCTETS = 2_000;

interface ReportRow {
  readonly device_id: string;
  readonly exchange: number;
  readonly report: {
    readonly removed: readonly string[];
    readonly values: readonly (Omit<NodeValue, 'at'> & { readonly at?: string })[];
  };
  readonly at: Date;
}

/**
 * What messages tell of the devices' trees is only appended while they are answered, since that has to be quick. Here it
 * is worked into the table of values, so that the reports do not pile up; the trees read the same before and after.
 */
export class PgTreeReports {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /**
   * Works in reports from before that instant, those of about `limit` messages.
   * @returns how many; 0 also when another process is at it
   * @throws AppError `unavailable` when the database is away
   */
  async workIn(before: Date, limit: number): Promise<number> {
    return inTransaction(this.#pool, async (client) => {
      const lock = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS taken', [
        ADVISORY_LOCK,
      ]);
      if (lock.rows[0]?.taken !== true) return 0;
      // Clocks of several processes may differ, the exchanges do not: no report is left behind that comes before one
      // which is taken.
      const { rows } = await client.query<ReportRow>({
        name: 'tree-take',
        text: `
WITH due AS (SELECT device_id, max(exchange) AS last
    FROM (SELECT device_id, exchange FROM tree_report WHERE at < $1 LIMIT $2) AS due GROUP BY device_id)
DELETE FROM tree_report r USING due WHERE r.device_id = due.device_id AND r.exchange <= due.last
RETURNING r.device_id, r.exchange, r.report, r.at`,
        values: [before, limit],
      });
      if (rows.length === 0) return 0;
      const { removed, values } = summaryOf(rows);
      await removeNodes(client, removed);
      await writeValues(client, values);
      return rows.length;
    });
  }
}

interface NodeRow {
  readonly device_id: string;
  readonly loc_uri: string;
}

interface ValueRow extends NodeRow {
  readonly value: string | undefined;
  readonly format: string | undefined;
  readonly type: string | undefined;
  readonly at: Date;
}

/** What all the reports together come to: first everything that was removed, then the values that outlasted it. */
function summaryOf(rows: readonly ReportRow[]): { removed: NodeRow[]; values: ValueRow[] } {
  const removed: NodeRow[] = [];
  const trees = new Map<string, Map<string, NodeValue>>();
  for (const { device_id, report, at } of rows.toSorted((a, b) => a.exchange - b.exchange)) {
    const tree = trees.get(device_id) ?? new Map<string, NodeValue>();
    trees.set(device_id, tree);
    for (const locUri of report.removed) removed.push({ device_id, loc_uri: storableText(locUri) });
    const values = report.values.map((node) => ({ ...node, at: node.at === undefined ? at : new Date(node.at) }));
    applyTreeReport(tree, { removed: report.removed, values });
  }
  const values = [...trees].flatMap(([deviceId, tree]) => {
    const byName = new Map<string, ValueRow>();
    for (const { locUri, value, format, type, at } of tree.values()) {
      const name = storableText(locUri);
      if (Buffer.byteLength(name) > MAX_LOC_URI_OCTETS) continue;
      byName.set(name, {
        device_id: deviceId,
        loc_uri: name,
        value: storable(value),
        format: storable(format),
        type: storable(type),
        at,
      });
    }
    return [...byName.values()];
  });
  return { removed, values };
}

/** Below a node is what starts with its name and a slash, and `0` is the character after the slash. */
async function removeNodes(client: pg.PoolClient, removed: readonly NodeRow[]): Promise<void> {
  if (removed.length === 0) return;
  await client.query({
    name: 'tree-remove',
    text: `
DELETE FROM node_value n USING json_to_recordset($1) AS g(device_id uuid, loc_uri text)
WHERE n.device_id = g.device_id AND (n.loc_uri = g.loc_uri COLLATE "C"
  OR n.loc_uri > (g.loc_uri || '/') COLLATE "C" AND n.loc_uri < (g.loc_uri || '0') COLLATE "C")`,
    values: [JSON.stringify(removed)],
  });
}

async function writeValues(client: pg.PoolClient, values: readonly ValueRow[]): Promise<void> {
  if (values.length === 0) return;
  await client.query({
    name: 'tree-write',
    text: `
INSERT INTO node_value (device_id, loc_uri, value, format, type, at)
SELECT v.* FROM json_to_recordset($1)
  AS v(device_id uuid, loc_uri text, value text, format text, type text, at timestamptz)
ON CONFLICT (device_id, loc_uri) DO UPDATE SET value = excluded.value, format = excluded.format,
  type = excluded.type, at = excluded.at`,
    values: [JSON.stringify(values)],
  });
}
