import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import type { SmscFaults } from '../../src/simulators/smsc/smsc-faults.ts';
import { ServerProcess } from '../e2e/server-process.ts';
import { createTestDatabase, type TestDatabase } from '../setup/postgres.ts';
import { outboxOf, PUSH_ROWS, type PushRow } from './outbox-of-test.ts';
import { type WatchedSmsc, watchedSmsc } from './watched-smsc.ts';

/*
 * 20,000 pushes of one to five parts over two links, while the links drop, throttle, fill up, fall silent and refuse
 * binds at random and the server is killed five times. CHAOS_PUSHES and CHAOS_SEED change the play.
 */

const PUSHES = Number(process.env['CHAOS_PUSHES'] ?? 20_000);
const KILLS = 5;
/** Of the link; the lease that a killed server leaves behind goes by it. */
const RESPONSE_MS = 1_500;
/** An answer that was written so shortly before its connection ended may not have been read, or not been stored. */
const UNREAD_MS = 5_000;
/** Far from what it takes: a hundred seconds on two cores of its own. */
const MAX_MS = 900_000;

let seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 100_000);
const firstSeed = seed;
/** mulberry32 */
function random(): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}

let database: TestDatabase;
let store: ReturnType<typeof outboxOf>;
beforeAll(async () => {
  database = await createTestDatabase();
  store = outboxOf(database.url);
});
afterAll(async () => {
  await store.pool.end();
  await database.drop();
});

/** What the network does with a number in the end. */
const fates = { '3': 'EXPIRED', '7': 'UNDELIV' } as const;
const fateOf = (destination: string): 'DELIVRD' | 'EXPIRED' | 'UNDELIV' =>
  destination.endsWith('03') ? fates['3'] : destination.endsWith('07') ? fates['7'] : 'DELIVRD';
const STATE_OF = { DELIVRD: 'delivered', EXPIRED: 'expired', UNDELIV: 'failed' } as const;

const MOODS: readonly (() => SmscFaults)[] = [
  () => ({}),
  () => ({}),
  () => ({ delayMs: 5, jitterMs: 30 }),
  () => ({ dropPercent: 0.05 }),
  () => ({ silentPercent: 0.2 }),
  () => ({ throttlePercent: 15 }),
  () => ({ throttlePerSecond: 400 }),
  () => ({ queueFullPercent: 10, delayMs: 3 }),
  () => ({ bindStatus: random() < 0.5 ? 0x05 : 0x0e }),
];

it(
  'every push ends truly, none is lost, and only what was not answered is sent twice',
  async () => {
    const one = await watchedSmsc({
      linkId: 'one',
      messageIds: 'hex-then-decimal',
      receipts: { layout: 'words', tlvs: false, early: true },
      outcomeOf: ({ destination }) => fateOf(destination),
    });
    const two = await watchedSmsc({
      linkId: 'two',
      receipts: { copies: 2 },
      receiptDelayMs: 40,
      outcomeOf: ({ destination }) => fateOf(destination),
    });
    const links = [one, two];
    const quick = `responseMs=${RESPONSE_MS}&enquireMs=500&backOffMs=50&maxBackOffMs=400`;
    const server = new ServerProcess({
      databaseUrl: database.url,
      port: await freePort(),
      smppUrl: [
        `smpp://esme:pw@127.0.0.1:${one.smsc.port}?name=one&messageIds=hex-then-decimal&binds=2&window=20&${quick}`,
        `smpp://esme:pw@127.0.0.1:${two.smsc.port}?name=two&weight=2&window=40&${quick}`,
      ].join(','),
      env: { PUSH_MAX_ATTEMPTS: '100', LOG_LEVEL: 'info' },
    });
    const startedAt = Date.now();
    await server.start();
    const destinations = Array.from({ length: PUSHES }, (_, n) => `49170${String(n).padStart(7, '0')}`);
    const partsOf = (index: number): number => 1 + (index % 5);
    const filled = store.fill(destinations, partsOf);

    const memory: { at: number; life: number; rss: number }[] = [];
    const drops = { links: 0 };
    let isOver = false;
    const timers: NodeJS.Timeout[] = [];
    const every = (ms: number, act: () => void): void => {
      timers.push(setInterval(act, ms));
    };
    for (const { smsc } of links) {
      every(700, () => {
        smsc.faults = isOver ? {} : (MOODS[Math.floor(random() * MOODS.length)]?.() ?? {});
        const refusesBinds = smsc.faults.bindStatus !== undefined;
        if (!isOver && (refusesBinds || random() < 0.1)) {
          drops.links += 1;
          smsc.dropLinks();
        }
      });
    }
    every(500, () => {
      const { pid } = server;
      if (pid === undefined) return;
      void rssOf(pid).then((rss) => {
        if (rss !== undefined) memory.push({ at: Date.now() - startedAt, life: server.kills, rss });
      });
    });

    // Killed while much is under way: whenever another sixth of the pushes has left.
    const kills: number[] = [];
    const ended = () => store.states();
    while (Date.now() - startedAt < MAX_MS - 60_000) {
      const states = await ended();
      const known = Object.values(states).reduce((sum, n) => sum + n, 0);
      const done = known - (states['queued'] ?? 0) - (states['sending'] ?? 0);
      if (kills.length < KILLS && done > ((kills.length + 1) * PUSHES) / (KILLS + 1.5)) {
        kills.push(Date.now());
        await server.killAndRestart();
      }
      // The last pushes are those whose lease has to run out: nothing new goes wrong then.
      if (kills.length === KILLS && done > PUSHES * 0.97) isOver = true;
      const open = (states['queued'] ?? 0) + (states['sending'] ?? 0) + (states['sent'] ?? 0);
      if (known === PUSHES && open === 0 && kills.length === KILLS) break;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await filled;
    for (const timer of timers) clearInterval(timer);
    const tookMs = Date.now() - startedAt;
    const code = await server.stop();

    const { rows } = await store.pool.query<PushRow>(PUSH_ROWS);
    const verdict = judge(rows, links, partsOf);
    const peak = Math.max(...memory.map(({ rss }) => rss));
    const perLife = Array.from({ length: KILLS + 1 }, (_, life) =>
      Math.max(0, ...memory.filter((sample) => sample.life === life).map(({ rss }) => rss)),
    );
    process.stdout.write(`
chaos, seed ${firstSeed}: ${PUSHES} pushes, ${rows.reduce((sum, row) => sum + (row.part_count ?? 0), 0)} parts in ${(tookMs / 1_000).toFixed(1)} s
  ended          ${JSON.stringify(await ended())}
  server         killed ${kills.length} times, peak memory ${mib(peak)} MiB (by life: ${perLife.map(mib).join(', ')})
  links          cut ${drops.links} times on purpose; ${one.ended.size + two.ended.size} connections ended
  submits        ${one.smsc.submits + two.smsc.submits}; accepted ${verdict.accepted} (${verdict.acceptedBy.join(' and ')})
  sent twice     ${verdict.repeated} parts, every one with its answer lost: ${verdict.unanswered} never written, ${verdict.unread} written to a connection that ended, ${verdict.longestUnreadMs} ms before it at most
  in order       all parts of a message on one link; ${one.outOfOrder() + two.outOfOrder()} taken in before one that comes first
  uncertain      ${verdict.uncertainParts} parts and ${verdict.lostClaims} claims were marked
  attempts       ${verdict.mostAttempts} at most
`);
    expect(verdict.faults.slice(0, 20)).toEqual([]);
    expect(code).toBe(0);
    expect(links.map(({ outOfOrder }) => outOfOrder())).toEqual([0, 0]);
    expect(kills).toHaveLength(KILLS);
    expect(drops.links).toBeGreaterThan(5);
    expect(Math.min(...verdict.acceptedBy)).toBeGreaterThan(0);
    expect(verdict.repeated).toBeGreaterThan(0);
    // A process needs the same memory for a queue of any length: the first life has all of it before it, the last next to
    // nothing.
    expect(peak).toBeLessThan(450 * 1_048_576);
    expect(peak / Math.min(...perLife)).toBeLessThan(1.5);
    for (const { smsc } of links) await smsc.close();
  },
  MAX_MS + 60_000,
);

interface Verdict {
  readonly faults: readonly string[];
  readonly accepted: number;
  readonly acceptedBy: readonly number[];
  readonly repeated: number;
  readonly unanswered: number;
  readonly unread: number;
  readonly longestUnreadMs: number;
  readonly uncertainParts: number;
  readonly lostClaims: number;
  readonly mostAttempts: number;
}

/** Holds what the server says against what the SMSCs wrote down. */
function judge(rows: readonly PushRow[], links: readonly WatchedSmsc[], partsOf: (index: number) => number): Verdict {
  const faults: string[] = [];
  const sums = {
    repeated: 0,
    unanswered: 0,
    unread: 0,
    longestUnreadMs: 0,
    uncertainParts: 0,
    lostClaims: 0,
    mostAttempts: 0,
  };
  if (rows.length !== PUSHES) faults.push(`${rows.length} of ${PUSHES} pushes are there`);
  for (const row of rows) {
    const { destination } = row;
    const expected = STATE_OF[fateOf(destination)];
    if (row.state !== expected) faults.push(`${destination} is ${row.state}, the network says ${expected}`);
    const parts = partsOf(Number(destination.slice(5)));
    if (row.part_count !== parts) faults.push(`${destination} has ${row.part_count} parts, not ${parts}`);
    sums.uncertainParts += row.uncertain_parts;
    sums.lostClaims += row.lost_claims;
    sums.mostAttempts = Math.max(sums.mostAttempts, row.attempts);
    let extra = 0;
    for (let part = 0; part < parts; part++) {
      const recorded = row.ids?.find(([index]) => index === part);
      const seen = links.flatMap((link) =>
        (link.parts.get(`${destination} ${part}`) ?? []).map((acceptance) => ({ link, acceptance })),
      );
      const kept = seen.find(
        ({ link, acceptance }) => link.linkId === recorded?.[2] && acceptance.messageId === recorded[1],
      );
      if (recorded?.[2] !== row.link_id) faults.push(`${destination} part ${part} is not where the message is`);
      if (kept === undefined)
        faults.push(`${destination} part ${part} is recorded as ${recorded?.[1]}, nobody took that`);
      else if (kept.acceptance.answeredAt === undefined) faults.push(`${destination} part ${part}: never answered`);
      for (const other of seen) {
        if (other === kept) continue;
        extra += 1;
        const { answeredAt, connection, messageId } = other.acceptance;
        if (answeredAt === undefined) {
          sums.unanswered += 1;
          continue;
        }
        // Nobody may have read or stored it, when its connection ended just then.
        const unreadMs = (other.link.ended.get(connection) ?? Number.POSITIVE_INFINITY) - answeredAt;
        if (unreadMs > UNREAD_MS)
          faults.push(`${destination} part ${part} was sent twice though ${messageId} was answered`);
        sums.unread += 1;
        sums.longestUnreadMs = Math.max(sums.longestUnreadMs, unreadMs);
      }
    }
    sums.repeated += extra;
    if (row.lost_claims === 0 && extra > row.uncertain_parts) {
      faults.push(`${destination}: ${extra} parts sent again, ${row.uncertain_parts} marked as uncertain`);
    }
  }
  const acceptedBy = links.map(({ parts }) => [...parts.values()].reduce((sum, { length }) => sum + length, 0));
  return { faults, accepted: acceptedBy.reduce((sum, n) => sum + n, 0), acceptedBy, ...sums };
}

/** Resident memory in octets; undefined when the process has gone. */
async function rssOf(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1_024;
}

function mib(octets: number): string {
  return (octets / 1_048_576).toFixed(0);
}
