import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * A file that says which process uses a data directory. It outlives a killed process; a lock whose process is gone
 * counts for nothing.
 * @returns takes the lock off
 * @throws Error naming the other process when that is alive
 */
export function takeOwnerLock(file: string): () => void {
  const mine = `${process.pid} ${startTimeOf(process.pid)}\n`;
  const draft = `${file}.${process.pid}`;
  for (let attempt = 0; attempt < 5; attempt++) {
    writeFileSync(draft, mine, { mode: 0o600 });
    try {
      // A link appears with its content, or fails when the name is taken.
      linkSync(draft, file);
      return () => {
        if (readLock(file) === mine) rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const theirs = readLock(file);
      if (theirs === undefined) continue;
      const [pid = '', startTime = ''] = theirs.trim().split(' ');
      if (isSameProcess(Number(pid), startTime)) {
        throw new Error(`The data directory is in use by another server (process ${pid}); its lock is ${file}`);
      }
      removeStale(file, theirs);
    } finally {
      rmSync(draft, { force: true });
    }
  }
  throw new Error(`The lock ${file} could not be taken: other servers are starting at the same time`);
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
  return isAlive(pid) && startTimeOf(pid) === startTime;
}

/** In ticks since the machine started; `-` where /proc is not to be had. */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second column is the program's name in parentheses and may hold anything; the 22nd is the start time.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
  } catch {
    return '-';
  }
}
