import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** In this order: the account made for it, else the one that owns nothing. */
const CANDIDATES = ['postgres', 'nobody'];

/**
 * PostgreSQL refuses to run as root. Then it runs as the owner of the cluster that is there already, else as an
 * account that every system has; none is created.
 * @returns undefined when we are not root: PostgreSQL runs as we do
 */
export function unprivilegedAccount(cluster: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (existsSync(cluster)) {
    const { uid, gid } = statSync(cluster);
    if (uid !== 0) return { name: `uid ${uid}`, uid, gid };
  }
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of CANDIDATES) {
    const row = accounts.find((columns) => columns[0] === name);
    const [uid, gid] = [Number(row?.[2]), Number(row?.[3])];
    if (row !== undefined && uid > 0) return { name, uid, gid };
  }
  throw new Error(
    `PostgreSQL does not run as root, and there is no account ${CANDIDATES.join(' or ')} to run it: ` +
      'start as another user, or set DATABASE_URL',
  );
}

/** Whether that account can walk down to the folder (the permission bits say so; access control lists are not seen). */
export function canEnter(folder: string, { uid, gid }: Account): boolean {
  for (let place = folder; ; place = dirname(place)) {
    const { mode, uid: owner, gid: group } = statSync(place);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (place === dirname(place)) return true;
  }
}
