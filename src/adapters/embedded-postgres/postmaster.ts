import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './owner-lock.ts';

/** What PostgreSQL writes into `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** `starting`, `ready`, `stopping`…; empty in the first moments. */
  readonly status: string;
}

export function readPostmaster(data: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  // PostgreSQL, src/include/miscadmin.h: LOCK_FILE_LINE_*.
  return { pid: Number(lines[0]), port: Number(lines[3]), status: (lines[7] ?? '').trim() };
}

/**
 * Sees to it that no PostgreSQL runs on this cluster: one whose server was killed is stopped in good order. The caller
 * holds the lock of the data directory, so nobody else is using it.
 * @throws Error when it does not stop
 */
export async function stopOrphan(data: string, log: (message: string) => void, timeoutMs = 30_000): Promise<void> {
  const orphan = readPostmaster(data);
  if (orphan === undefined) return;
  if (!isAlive(orphan.pid)) return;
  const folder = workingFolder(orphan.pid);
  if (folder !== undefined && folder !== data) {
    // The id went to another process. PostgreSQL would believe the file and not start. It is also what protects the
    // cluster from server processes that outlived their postmaster, so it goes only when there are none.
    if (!processesIn(data)) rmSync(join(data, 'postmaster.pid'), { force: true });
    return;
  }
  log(`stopping the PostgreSQL (process ${orphan.pid}) that an earlier server left behind`);
  const deadline = Date.now() + timeoutMs;
  signal(orphan.pid, 'SIGINT');
  while (readPostmaster(data)?.pid === orphan.pid && isAlive(orphan.pid)) {
    if (Date.now() > deadline) {
      throw new Error(`A PostgreSQL (process ${orphan.pid}) runs on ${data} and does not stop`);
    }
    await sleep(20);
  }
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** PostgreSQL works in its data directory. Undefined where /proc is not to be had or does not tell. */
function workingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function processesIn(folder: string): boolean {
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && workingFolder(Number(name)) === folder);
}
