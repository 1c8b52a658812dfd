/**
 * `npm run bench:fleet -- [sizes]`: devices imported through the REST API (rows a second), pages of them, filtered and sorted,
 * counts, an export, and the server's memory all the while, at 10,000 and 100,000 devices unless told
 * (`-- 10000 100000 1000000`). The server is a process of its own over a PostgreSQL of its own that keeps its durability, anew
 * for each size. The last line is JSON; `worstPageMs` is of the largest size.
 */
import { measureFleet } from './campaign/fleet.ts';
import { atSizes, runBench } from './servers.ts';

const given = process.argv.slice(2).filter((word) => /^\d+$/.test(word));
const SIZES = given.length === 0 ? [10_000, 100_000] : given.map(Number);

await runBench(async () => {
  const sizes = await atSizes(SIZES, async (servers, size) => measureFleet(await servers.start(), size));
  return { bench: 'fleet', worstPageMs: Math.max(...Object.values(sizes.at(-1)?.pageMs ?? {})), sizes };
});
