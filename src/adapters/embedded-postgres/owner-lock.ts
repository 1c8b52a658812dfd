import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that was killed a moment ago may still be on its way out. */
const PATIENCE_MS = 1_500;
const PAUSE_MS = 20;

/**
 * A file that says which process uses a data directory. It outlives a killed process; a lock whose process is gone
 * counts for nothing.
 * @returns takes the lock off
 * @throws Error naming the other process when that is alive
 */
export async function takeOwnerLock(file: string): Promise<() => void> {
  const mine = `${process.pid} ${startTimeOf(process.pid)}\n`;
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    if (place(file, mine)) {
      return () => {
        if (readLock(file) === mine) rmSync(file, { force: true });
      };
    }
    const theirs = readLock(file) ?? '';
    const [pid = '', startTime = ''] = theirs.trim().split(' ');
    if (!isSameProcess(Number(pid), startTime)) removeStale(file, theirs);
    else if (Number(pid) === process.pid || Date.now() > deadline) {
      throw new Error(`The data directory is in use by another server (process ${pid}); its lock is ${file}`);
    }
    await sleep(PAUSE_MS);
  }
}

/** Puts the lock there unless there is one: a link appears with its content, or fails when the name is taken. */
function place(file: string, content: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Takes away exactly that stale lock: should somebody have put a fresh one in its place meanwhile, that is put back. */
function removeStale(file: string, content: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readLock(aside) !== content) linkSync(aside, file);
  } catch {
    // Gone already, or taken anew: the next attempt will see.
  } finally {
    rmSync(aside, { force: true });
  }
}

function readLock(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A process id may have gone to another process since: its start time tells. */
function isSameProcess(pid: number, startTime: string): boolean {
  return isAlive(pid) && startTimeOf(pid) === startTime && !isZombie(pid);
}

/** In ticks since the machine started; `-` where /proc is not to be had. */
const startTimeOf = (pid: number): string => statusOf(pid)[19] ?? '-';

/** Dead, only its parent has not taken notice. */
const isZombie = (pid: number): boolean => statusOf(pid)[0] === 'Z';

/** The columns of /proc/…/stat from the third, the state, on: the second is the program's name and may hold anything. */
function statusOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
