/**
 * Messages a second from a durable queue to an SMSC, receipts included: our outbox in PostgreSQL beside Kannel's
 * bearerbox with its spool, fed by mtbatch (Debian packages kannel, kannel-extras), against the same SMSC on the same
 * machine in the same run. Three SMSCs (without latency, with 10 ms of it, throttling 1% of submits), windows of 10 and
 * 100. The rate is taken at the SMSC, from the first submit to the last receipt acknowledged. Rounds alternate; the median
 * counts. The last line is JSON: rates, and ours over Kannel's.
 *
 *   npm run bench:smpp            -- --rounds 3 --pushes 5000 --seconds 10
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start-embedded-postgres.ts';
import { createPool } from '../src/adapters/pg/create-pool.ts';
import { migrate } from '../src/adapters/prisma/migrate.ts';
import { type Running, startKannel } from './smpp/kannel.ts';
import { fillOutbox, makeHistory, startOutbox } from './smpp/outbox.ts';
import type { Scenario, SinkCounts } from './smpp/sink.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    pushes: { type: 'string', default: '5000' },
    /** After so long a run is over, whatever is left. */
    seconds: { type: 'string', default: '10' },
    /** Only the cases whose name has this in it, e.g. `window 10`. */
    only: { type: 'string' },
    /** Without Kannel, e.g. under a profiler. */
    alone: { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(values.rounds);
const PUSHES = Number(values.pushes);
const MAX_MS = Number(values.seconds) * 1_000;
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'no latency': { latencyMs: 0, throttledPercent: 0 },
  '10 ms': { latencyMs: 10, throttledPercent: 0 },
  '1% throttled': { latencyMs: 0, throttledPercent: 1 },
};
const WINDOWS = [10, 100];
const SINK = fileURLToPath(new URL('./smpp/sink.ts', import.meta.url));

interface Result {
  readonly perSecond: number;
  readonly accepted: number;
  readonly receipts: number;
}

/** Runs one contestant against an SMSC of its own until everything is receipted, or the time is up. */
async function measure(scenario: Scenario, start: (port: number) => Promise<Running> | Running): Promise<Result> {
  const sink = fork(SINK, [JSON.stringify(scenario)], { execArgv: ['--import', 'tsx'] });
  let counts: SinkCounts | undefined;
  let heard: () => void = () => undefined;
  sink.on('message', (message) => {
    counts = message as SinkCounts;
    heard();
  });
  const next = () =>
    new Promise<void>((resolve) => {
      heard = resolve;
    });
  await next();
  const running = await start(counts?.port ?? 0);
  const endAt = Date.now() + MAX_MS;
  do await next();
  while ((counts?.receipts ?? 0) < PUSHES && Date.now() < endAt);
  await running.stop();
  sink.disconnect();
  const { accepted = 0, receipts = 0, elapsedMs = 0 } = counts ?? {};
  // A run that was cut short: what was receipted until then.
  return { perSecond: elapsedMs === 0 ? 0 : (receipts * 1_000) / elapsedMs, accepted, receipts };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

const destinations = Array.from({ length: PUSHES }, (_, n) => `49170${String(n).padStart(7, '0')}`);
const postgres = await startEmbeddedPostgres();
const pool = createPool(postgres.url);
try {
  await migrate(postgres.url);
  await makeHistory(pool);
  const results: Record<string, { outbox: number; kannel: number; ratio: number }> = {};
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    for (const window of WINDOWS) {
      const key = `${name}, window ${window}`;
      if (values.only !== undefined && !key.includes(values.only)) continue;
      const rates = { outbox: [] as number[], kannel: [] as number[] };
      for (let round = 0; round < ROUNDS; round++) {
        await fillOutbox(pool, destinations);
        const ours = await measure(scenario, (port) => startOutbox(postgres.url, port, window));
        const theirs = values.alone ? ours : await measure(scenario, (port) => startKannel(port, window, destinations));
        rates.outbox.push(ours.perSecond);
        rates.kannel.push(theirs.perSecond);
        console.log(
          `${key}: outbox ${ours.perSecond.toFixed(0)}/s (${ours.receipts} receipted), ` +
            `Kannel ${theirs.perSecond.toFixed(0)}/s (${theirs.receipts} receipted)`,
        );
      }
      const [outbox, kannel] = [median(rates.outbox), median(rates.kannel)];
      results[key] = {
        outbox: Math.round(outbox),
        kannel: Math.round(kannel),
        ratio: Number((outbox / kannel).toFixed(2)),
      };
    }
  }
  console.table(results);
  const ratios = Object.values(results).map(({ ratio }) => ratio);
  console.log(JSON.stringify({ bench: 'smpp', pushes: PUSHES, rounds: ROUNDS, results, ratio: Math.min(...ratios) }));
} finally {
  await pool.end();
  await postgres.stop();
}
