import { afterEach, describe, expect, it } from 'vitest';
import { JobLoop } from '../../../src/adapters/jobs/job-loop.ts';

const loops: JobLoop[] = [];
afterEach(async () => {
  await Promise.all(loops.splice(0).map((loop) => loop.stop()));
});

function loop(...args: ConstructorParameters<typeof JobLoop>): JobLoop {
  const made = new JobLoop(...args);
  loops.push(made);
  return made;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function waitFor(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await pause(1);
  }
}

describe('a periodic job', () => {
  it('runs at once, then again and again', async () => {
    let runs = 0;
    loop({ name: 'tick', everyMs: 5, run: async () => void runs++ });
    await waitFor(() => runs >= 3);
  });

  it('never overlaps itself, however often it is woken', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const job = loop({
      name: 'slow',
      everyMs: 1,
      run: async () => {
        running += 1;
        most = Math.max(most, running);
        await pause(5);
        running -= 1;
        runs += 1;
      },
    });
    while (runs < 4) {
      job.wake();
      await pause(1);
    }
    expect(most).toBe(1);
  });

  it('is woken early from its rest', async () => {
    let runs = 0;
    const job = loop({ name: 'rare', everyMs: 60_000, run: async () => void runs++ });
    await waitFor(() => runs === 1);
    await pause(5);
    job.wake();
    await waitFor(() => runs === 2);
  });

  it('woken in the middle of a run hears of it, and runs once more', async () => {
    let runs = 0;
    let heard = 0;
    const job = loop({
      name: 'busy',
      everyMs: 60_000,
      run: async () => {
        runs += 1;
        await pause(10);
      },
      wake: () => heard++,
    });
    await pause(2);
    job.wake();
    job.wake();
    await waitFor(() => runs === 2);
    await pause(20);
    expect(runs).toBe(2);
    expect(heard).toBe(2);
  });

  it('rests only until the instant the run asked for', async () => {
    let runs = 0;
    loop({
      name: 'asks',
      everyMs: 60_000,
      run: async () => {
        runs += 1;
        return new Date(Date.now() + 10);
      },
    });
    await waitFor(() => runs >= 3);
  });

  it('does not spin when a run says again and again that it is overdue', async () => {
    let runs = 0;
    loop({
      name: 'overdue',
      everyMs: 60_000,
      run: async () => {
        runs += 1;
        return new Date(0);
      },
    });
    await pause(100);
    expect(runs).toBeLessThan(10);
    expect(runs).toBeGreaterThan(1);
  });

  it('that fails is not tried again before its back-off is over, whoever wakes it', async () => {
    let runs = 0;
    const run = (): Promise<never> => {
      runs += 1;
      return Promise.reject(new Error('the database is away'));
    };
    // A back-off so long that no stall of the machine can use it up.
    const job = loop({ name: 'faulty', everyMs: 1, run }, { firstBackOffMs: 600_000, maxBackOffMs: 600_000 });
    await waitFor(() => runs === 1);
    for (let n = 0; n < 3; n++) job.wake();
    await pause(20);
    expect(runs).toBe(1);
  });

  it('that fails is logged, counted and tried again after back-offs that grow', async () => {
    const lines: object[] = [];
    let runs = 0;
    const job = loop(
      {
        name: 'faulty',
        everyMs: 1,
        run: async () => {
          runs += 1;
          if (runs <= 3) throw new Error('the database is away');
        },
      },
      { log: { error: (fields) => lines.push(fields) }, random: () => 0, firstBackOffMs: 20 },
    );
    await waitFor(() => runs >= 5);
    expect(lines).toHaveLength(3);
    expect(lines.map((line) => (line as { restMs: number }).restMs)).toEqual([10, 20, 40]);
    expect(job.counts).toMatchObject({ failures: 3, failuresInARow: 0 });
  });

  it('that throws before it returns a promise fails the same way', async () => {
    let runs = 0;
    const job = loop(
      {
        name: 'sync',
        everyMs: 1,
        run: () => {
          runs += 1;
          throw new Error('at once');
        },
      },
      { firstBackOffMs: 1, maxBackOffMs: 2 },
    );
    await waitFor(() => runs >= 2);
    expect(job.counts.failures).toBeGreaterThanOrEqual(1);
  });

  it('is signalled to stop, and awaited', async () => {
    let ended = false;
    const job = loop({
      name: 'long',
      everyMs: 1,
      run: async (signal) => {
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve());
        });
        await pause(5);
        ended = true;
      },
    });
    await pause(5);
    await job.stop();
    expect(ended).toBe(true);
    const { runs } = job.counts;
    job.wake();
    await pause(5);
    expect(job.counts.runs).toBe(runs);
  });
});
