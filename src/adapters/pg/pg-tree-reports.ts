import type pg from 'pg';
import type { ObjectRef } from '../../domain/delivery.ts';
import { applyTreeReport, type Forgotten, type KnownNode } from '../../domain/tree-report.ts';
import { type StoredReport, treeReportOf } from '../../services/stored-tree-report.ts';
import { inTransaction } from './pg-fault.ts';
import { storable, storableText } from './storable-text.ts';

/** One process at a time: reports of a device have to be worked in in their order. The number has no meaning. */
const ADVISORY_LOCK = 2_026_012_201;

/** PostgreSQL cannot index more than about 2,700 octets; such a LocURI is nobody's that we would want to remember. */
const MAX_LOC_URI_OCTETS = 2_000;

interface ReportRow {
  readonly device_id: string;
  readonly exchange: number;
  readonly report: StoredReport;
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
      const { removed, forgotten, values, properties } = summaryOf(rows);
      await removeNodes(client, removed);
      await forgetNodes(client, forgotten);
      await writeValues(client, values);
      await writeProperties(client, properties);
      return rows.length;
    });
  }
}

interface NodeRow {
  readonly device_id: string;
  readonly loc_uri: string;
}

interface ForgottenRow {
  readonly device_id: string;
  readonly root: string;
  readonly since: number;
  readonly except: readonly string[];
}

interface PropertyRow extends NodeRow {
  readonly properties: KnownNode['properties'];
  readonly at: Date;
  readonly exchange: number;
}

interface ValueRow extends NodeRow {
  readonly exchange: number;
  readonly value: string | undefined;
  readonly format: string | undefined;
  readonly type: string | undefined;
  readonly object: ObjectRef | undefined;
  readonly at: Date;
}

interface Summary {
  readonly removed: NodeRow[];
  readonly forgotten: ForgottenRow[];
  readonly values: ValueRow[];
  readonly properties: PropertyRow[];
}

/** What all the reports together come to: first everything that was removed, then what outlasted it. */
function summaryOf(rows: readonly ReportRow[]): Summary {
  const removed: NodeRow[] = [];
  const forgotten: ForgottenRow[] = [];
  const trees = new Map<string, Map<string, KnownNode>>();
  for (const { device_id, exchange, report, at } of rows.toSorted((a, b) => a.exchange - b.exchange)) {
    const tree = trees.get(device_id) ?? new Map<string, KnownNode>();
    trees.set(device_id, tree);
    for (const locUri of report.removed) removed.push({ device_id, loc_uri: storableText(locUri) });
    for (const part of report.forgotten ?? []) forgotten.push({ device_id, ...storableForgotten(part) });
    applyTreeReport(tree, treeReportOf(report, exchange, at));
  }
  const values: ValueRow[] = [];
  const properties: PropertyRow[] = [];
  for (const [device_id, tree] of trees) {
    // Two LocURIs may be one once they are storable.
    const nodes = new Map([...tree.values()].map((node) => [storableText(node.locUri), node]));
    for (const [loc_uri, node] of nodes) {
      if (Buffer.byteLength(loc_uri) > MAX_LOC_URI_OCTETS) continue;
      const { value, format, type, object, at, exchange } = node;
      if (node.isBare !== true) {
        const told = { value: storable(value), format: storable(format), type: storable(type) };
        const row = { ...told, object, at, exchange };
        values.push({ device_id, loc_uri, ...row });
      }
      if (node.properties !== undefined) {
        const told = Object.entries(node.properties).map(([name, one]) => [
          name,
          { ...one, value: storableText(one.value) },
        ]);
        properties.push({ device_id, loc_uri, properties: Object.fromEntries(told), at, exchange });
      }
    }
  }
  return { removed, forgotten, values, properties };
}

function storableForgotten({ root, since, except }: Forgotten): Forgotten {
  return { root: storableText(root), since, except: except.map(storableText) };
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

/** What was told of only before a walk, which has not seen it again. */
async function forgetNodes(client: pg.PoolClient, forgotten: readonly ForgottenRow[]): Promise<void> {
  if (forgotten.length === 0) return;
  await client.query({
    name: 'tree-forget',
    text: `
DELETE FROM node_value n USING json_to_recordset($1) AS g(device_id uuid, root text, since int, "except" json)
WHERE n.device_id = g.device_id AND n.exchange < g.since
  AND (g.root = '.' OR n.loc_uri = g.root COLLATE "C"
    OR n.loc_uri > (g.root || '/') COLLATE "C" AND n.loc_uri < (g.root || '0') COLLATE "C")
  AND NOT EXISTS (SELECT 1 FROM json_array_elements_text(g."except") AS x(loc_uri)
    WHERE n.loc_uri = x.loc_uri OR starts_with(n.loc_uri, x.loc_uri || '/'))`,
    values: [JSON.stringify(forgotten)],
  });
}

async function writeValues(client: pg.PoolClient, values: readonly ValueRow[]): Promise<void> {
  if (values.length === 0) return;
  await client.query({
    name: 'tree-write',
    text: `
INSERT INTO node_value (device_id, loc_uri, value, format, type, object, at, exchange)
SELECT v.* FROM json_to_recordset($1)
  AS v(device_id uuid, loc_uri text, value text, format text, type text, object json, at timestamptz,
    exchange int)
ON CONFLICT (device_id, loc_uri) DO UPDATE SET value = excluded.value, format = excluded.format,
  type = excluded.type, object = excluded.object, at = excluded.at, exchange = excluded.exchange`,
    values: [JSON.stringify(values)],
  });
}

async function writeProperties(client: pg.PoolClient, properties: readonly PropertyRow[]): Promise<void> {
  if (properties.length === 0) return;
  await client.query({
    name: 'tree-write-properties',
    text: `
INSERT INTO node_value (device_id, loc_uri, properties, at, exchange)
SELECT v.* FROM json_to_recordset($1)
  AS v(device_id uuid, loc_uri text, properties jsonb, at timestamptz, exchange int)
ON CONFLICT (device_id, loc_uri) DO UPDATE
  SET properties = coalesce(node_value.properties, '{}') || excluded.properties, exchange = excluded.exchange`,
    values: [JSON.stringify(properties)],
  });
}
