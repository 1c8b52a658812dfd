/**
 * Pushes a second through three ways of dispatching work that lies in PostgreSQL, on one embedded server in one run:
 * our outbox (the push's own row, claimed by SKIP LOCKED), pg-boss 10 and graphile-worker 0.16. Each ends with every push
 * `sent` and its message id stored; sending itself costs nothing here. Rounds alternate and the median counts. The last
 * line is JSON; its `ratio` is the outbox over the better library.
 *
 * The libraries are no dependencies; the bench takes those it finds:
 *   npm i --no-save pg-boss@10 graphile-worker@0.16
 */
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start-embedded-postgres.ts';

const PUSHES = 10_000;
const BATCH = 200;
const CONCURRENCY = 50;
const ROUNDS = 3;

interface Contestant {
  readonly name: string;
  /** Puts `PUSHES` ids in. */
  enqueue(ids: readonly string[]): Promise<void>;
  /** Handles every one of them. */
  drain(count: number): Promise<void>;
  close(): Promise<void>;
}

interface Boss {
  start(): Promise<unknown>;
  stop(options: { graceful: boolean }): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): void;
  createQueue(name: string): Promise<void>;
  insert(jobs: { name: string; data: object }[]): Promise<void>;
  fetch(name: string, options: { batchSize: number }): Promise<{ id: string; data: { pushId: string } }[]>;
  complete(name: string, ids: string[]): Promise<void>;
}

interface GraphileWorker {
  runMigrations(options: object): Promise<void>;
  runOnce(options: object): Promise<void>;
  Logger: new (factory: () => () => void) => unknown;
}

const postgres = await startEmbeddedPostgres();
const pool = new pg.Pool({ connectionString: postgres.url, max: CONCURRENCY });
try {
  await pool.query(`CREATE TABLE bench_push (
    id bigint PRIMARY KEY, due_at timestamptz, state text NOT NULL, message_id text) WITH (fillfactor = 70)`);
  await pool.query(`CREATE INDEX bench_push_due ON bench_push (due_at) WHERE state IN ('queued', 'sending')`);
  const contestants = [outbox(), await pgBoss(), await graphileWorker()].filter((one) => one !== undefined);
  const rates = new Map<string, { readonly enqueue: number[]; readonly drain: number[] }>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const contestant of contestants) {
      await pool.query('TRUNCATE bench_push');
      const ids = Array.from({ length: PUSHES }, (_, n) => String(n));
      const enqueueMs = await timed(async () => {
        // Every contestant needs the push's row: what was sent and what came of it is asked for later.
        await pool.query(
          `INSERT INTO bench_push (id, due_at, state) SELECT id, now(), $2 FROM unnest($1::bigint[]) id`,
          [ids, contestant.name === 'outbox' ? 'queued' : 'elsewhere'],
        );
        await contestant.enqueue(ids);
      });
      const drainMs = await timed(() => contestant.drain(PUSHES));
      const { rows } = await pool.query<{ sent: string }>(
        `SELECT count(*) AS sent FROM bench_push WHERE state = 'sent' AND message_id IS NOT NULL`,
      );
      if (Number(rows[0]?.sent) !== PUSHES) throw new Error(`${contestant.name} left pushes behind: ${rows[0]?.sent}`);
      const rate = rates.get(contestant.name) ?? { enqueue: [], drain: [] };
      rate.enqueue.push((PUSHES * 1_000) / enqueueMs);
      rate.drain.push((PUSHES * 1_000) / drainMs);
      rates.set(contestant.name, rate);
    }
  }
  for (const contestant of contestants) await contestant.close();
  const result = Object.fromEntries(
    [...rates].map(([name, { enqueue, drain }]) => [
      name,
      { enqueuePerSecond: median(enqueue), drainPerSecond: median(drain) },
    ]),
  );
  for (const [name, { enqueuePerSecond, drainPerSecond }] of Object.entries(result)) {
    console.log(`${name.padEnd(16)} enqueue ${enqueuePerSecond}/s   drain ${drainPerSecond}/s`);
  }
  const ours = result['outbox']?.drainPerSecond ?? 0;
  const others = Object.entries(result).flatMap(([name, { drainPerSecond }]) =>
    name === 'outbox' ? [] : [drainPerSecond],
  );
  const ratio = others.length === 0 ? null : Number((ours / Math.max(...others)).toFixed(2));
  console.log(JSON.stringify({ bench: 'jobs', pushes: PUSHES, batch: BATCH, ...result, ratio }));
} finally {
  await pool.end();
  await postgres.stop();
}

function outbox(): Contestant {
  return {
    name: 'outbox',
    enqueue: async () => undefined,
    async drain(count) {
      for (let done = 0; done < count; ) {
        const { rows } = await pool.query<{ id: string }>({
          name: 'claim',
          text: `UPDATE bench_push SET state = 'sending', due_at = now() + interval '1 minute' WHERE id IN (
            SELECT id FROM bench_push WHERE state IN ('queued', 'sending') AND due_at <= now()
            ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id`,
          values: [BATCH],
        });
        await store(rows.map(({ id }) => id));
        done += rows.length;
      }
    },
    close: async () => undefined,
  };
}

async function pgBoss(): Promise<Contestant | undefined> {
  const found = await installed<{ default: new (options: object) => Boss }>('pg-boss');
  if (!found) return undefined;
  const boss = new found.default({ connectionString: postgres.url, schedule: false, max: CONCURRENCY });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue('push');
  return {
    name: 'pg-boss',
    enqueue: (ids) => boss.insert(ids.map((pushId) => ({ name: 'push', data: { pushId } }))),
    async drain(count) {
      for (let done = 0; done < count; ) {
        const jobs = await boss.fetch('push', { batchSize: BATCH });
        await store(jobs.map(({ data }) => data.pushId));
        await boss.complete(
          'push',
          jobs.map(({ id }) => id),
        );
        done += jobs.length;
      }
    },
    close: () => boss.stop({ graceful: false }),
  };
}

async function graphileWorker(): Promise<Contestant | undefined> {
  const found = await installed<GraphileWorker>('graphile-worker');
  if (!found) return undefined;
  const logger = new found.Logger(() => () => undefined);
  await found.runMigrations({ pgPool: pool, logger });
  return {
    name: 'graphile-worker',
    async enqueue(ids) {
      await pool.query(
        `SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
           SELECT json_populate_record(null::graphile_worker.job_spec, json_build_object(
             'identifier', 'push', 'payload', json_build_object('pushId', id))) FROM unnest($1::text[]) id))`,
        [ids],
      );
    },
    async drain() {
      // It hands out single jobs: outcomes are gathered and stored together, which is the best case for it.
      let gathered: string[] = [];
      const push = async (payload: unknown) => {
        gathered.push((payload as { pushId: string }).pushId);
        if (gathered.length < BATCH) return;
        const full = gathered;
        gathered = [];
        await store(full);
      };
      await found.runOnce({
        pgPool: pool,
        logger,
        concurrency: CONCURRENCY,
        taskList: { push },
        noHandleSignals: true,
      });
      await store(gathered);
    },
    close: async () => undefined,
  };
}

async function store(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await pool.query({
    name: 'store',
    text: `UPDATE bench_push AS push SET state = 'sent', message_id = outcome.message_id
      FROM unnest($1::bigint[], $2::text[]) AS outcome (id, message_id) WHERE push.id = outcome.id`,
    values: [ids, ids.map((id) => `m${id}`)],
  });
}

async function installed<T>(name: string): Promise<T | undefined> {
  try {
    return (await import(name)) as T;
  } catch {
    console.log(`${name} is not installed and not measured`);
    return undefined;
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}
