import type pg from 'pg';
import { guarded } from './pg-fault.ts';

/** Always counted, however busy the machine. */
export const SMALL_FLEET = 20_000;
/** Devices looked at for an estimate. */
const SAMPLED = 10_000;

export interface Plan {
  /** In the planner's units. */
  readonly cost: number;
  readonly rows: number;
}

/** What the planner thinks of a statement, without running it. */
export async function planOf(pool: pg.Pool, text: string, values: readonly unknown[] = []): Promise<Plan> {
  const { rows } = await guarded(() =>
    pool.query<{ 'QUERY PLAN': [{ Plan: { 'Total Cost': number; 'Plan Rows': number } }] }>(
      `EXPLAIN (FORMAT JSON) ${text}`,
      [...values],
    ),
  );
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  return { cost: plan?.['Total Cost'] ?? 0, rows: plan?.['Plan Rows'] ?? 0 };
}

/** About how many devices there are. */
export async function fleetSize(pool: pg.Pool): Promise<number> {
  return (await planOf(pool, 'SELECT FROM device')).rows;
}

/**
 * Some of the devices `d`, for a FROM clause: the same sample every time, so that a number that is asked for again has not
 * changed for no reason.
 * @param all about how many there are, at least 1
 */
export function sampleSql(all: number): string {
  return `device d TABLESAMPLE SYSTEM (${Math.min(100, (100 * SAMPLED) / all)}) REPEATABLE (1)`;
}
