import type { ObjectRef } from '../../domain/delivery.ts';
import type { NodeValue } from '../../domain/device.ts';
import {
  applyTreeReport,
  isAtOrBelow,
  type KnownNode,
  levelsBelow,
  type TreeReport,
} from '../../domain/tree-report.ts';
import { AppError } from '../../services/app-error.ts';
import type { TreePart } from '../../services/ports/device-store.ts';
import { type StoredReport, treeReportOf } from '../../services/stored-tree-report.ts';
import { Prisma } from './generated/client.ts';

/** Nodes read at a time. */
const BATCH = 2_000;
/** Behind every LocURI. */
const END = '\u{10FFFF}';

/**
 * The known nodes of a device: the values that have been worked in, brought up to date by the reports that have not. Read
 * in batches up to the limit, because reports may take away what a batch has brought.
 *
 * @param tx has to see one moment of the database
 * @throws AppError `device-unknown`
 */
export async function knownTree(
  tx: Prisma.TransactionClient,
  deviceId: string,
  { root = '.', depth = Number.MAX_SAFE_INTEGER, after = '', limit = Number.MAX_SAFE_INTEGER }: TreePart,
): Promise<readonly NodeValue[]> {
  const [device] = await tx.$queryRaw<DeviceRow[]>`
SELECT d.id,
  (SELECT coalesce(json_agg(json_build_object('locUri', './DevInfo/' || i.name, 'value', i.value, 'format', 'chr',
    'at', d.last_seen_at)), '[]')
    FROM (VALUES ('DevId', d.info_dev_id), ('DmV', d.info_dmv), ('Lang', d.info_lang), ('Man', d.info_man),
      ('Mod', d.info_mod)) AS i(name, value) WHERE i.value IS NOT NULL AND d.last_seen_at IS NOT NULL) AS info,
  (SELECT coalesce(json_agg(json_build_object('exchange', r.exchange, 'report', r.report, 'at', r.at)
    ORDER BY r.exchange), '[]') FROM tree_report r WHERE r.device_id = d.id) AS reports
FROM device d WHERE d.device_id = ${deviceId}`;
  if (device === undefined) throw new AppError('device-unknown', 'No device is registered under that id.');
  const reports = device.reports.map(({ exchange, report, at }) => treeReportOf(report, exchange, new Date(at)));
  const isWanted = (locUri: string): boolean => isAtOrBelow(locUri, root) && levelsBelow(locUri, root) <= depth;
  const found: KnownNode[] = [];
  for (let from = after; found.length < limit; ) {
    const rows = await batch(tx, device.id, root, from);
    const isLast = rows.length < BATCH;
    const to = isLast ? END : (rows.at(-1)?.locUri ?? END);
    const tree = withReports(rows, device.info, reports);
    const nodes = [...tree.values()].filter(
      ({ locUri }) => isWanted(locUri) && compareOctets(locUri, from) > 0 && compareOctets(locUri, to) <= 0,
    );
    found.push(...nodes.sort((a, b) => compareOctets(a.locUri, b.locUri)));
    if (isLast) break;
    from = to;
  }
  return found.slice(0, limit).map(visibleNode);
}

/** As PostgreSQL orders them: only where halves of surrogate pairs are does that differ from the order of JavaScript. */
function compareOctets(a: string, b: string): number {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

const SURROGATE = /[\ud800-\udfff]/;

interface DeviceRow {
  readonly id: string;
  readonly info: readonly StoredNode[];
  readonly reports: readonly { readonly exchange: number; readonly report: StoredReport; readonly at: string }[];
}

function withReports(
  rows: readonly StoredNode[],
  info: readonly StoredNode[],
  reports: readonly TreeReport[],
): Map<string, KnownNode> {
  const tree = new Map(rows.map((node) => [node.locUri, nodeOf(node)]));
  for (const report of reports) applyTreeReport(tree, report);
  // What every session starts with stands in the device's own row, whatever else is known of those nodes.
  for (const node of info) tree.set(node.locUri, { ...tree.get(node.locUri), ...nodeOf(node) });
  return tree;
}

/** Below a node is what starts with its name and a slash, and `0` is the character after the slash. */
function batch(tx: Prisma.TransactionClient, id: string, root: string, after: string): Promise<StoredNode[]> {
  const inside =
    root === '.'
      ? Prisma.sql`true`
      : Prisma.sql`(loc_uri = ${root} OR loc_uri > ${`${root}/`} AND loc_uri < ${`${root}0`})`;
  return tx.$queryRaw<StoredNode[]>`
SELECT loc_uri AS "locUri", value, format, type, object, at, exchange, properties FROM node_value
WHERE device_id = ${id}::uuid AND loc_uri > ${after} AND ${inside} ORDER BY loc_uri LIMIT ${BATCH}`;
}

interface StoredNode {
  readonly locUri: string;
  readonly value?: string | null;
  readonly format?: string | null;
  readonly type?: string | null;
  readonly object?: ObjectRef | null;
  readonly at: string | Date;
  readonly exchange?: number;
  readonly properties?: Readonly<Record<string, { readonly value: string; readonly at: string }>> | null;
}

function nodeOf({ locUri, value, format, type, object, at, exchange = 0, properties }: StoredNode): KnownNode {
  return {
    locUri,
    ...(value == null ? {} : { value }),
    ...(format == null ? {} : { format }),
    ...(type == null ? {} : { type }),
    ...(object == null ? {} : { object }),
    at: new Date(at),
    exchange,
    ...(properties == null
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, one]) => [name, { value: one.value, at: new Date(one.at) }]),
          ),
        }),
  };
}

function visibleNode({ exchange: _exchange, isBare: _isBare, ...node }: KnownNode): NodeValue {
  return node;
}
