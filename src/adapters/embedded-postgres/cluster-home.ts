import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Account, canEnter, unprivilegedAccount } from './unprivileged-account.ts';

/** Where one cluster lives. */
export interface ClusterHome {
  /** Ours: password and lock. */
  readonly keep: string;
  /** PostgreSQL's own: `data` and `server.log` are in it. */
  readonly cluster: string;
  /** Who runs PostgreSQL; undefined: we ourselves. */
  readonly account: Account | undefined;
  readonly password: string;
}

/** For clusters whose DATA_DIR PostgreSQL's account cannot enter. */
const ELSEWHERE = '/var/lib/omadm';
/** In a cluster that lives elsewhere: the folder whose `location` leads to it. */
const BELONGS_TO = 'belongs-to';

/**
 * The place of the cluster that belongs to this data directory: `postgres/cluster` inside it. When the account that is
 * to run PostgreSQL cannot enter that (root's own folders are mostly closed), the cluster is put under /var/lib/omadm and
 * `postgres/location` says where; permissions of folders that we did not make are never changed.
 */
export function clusterHome(dataDir: string): ClusterHome {
  mkdirSync(dataDir, { recursive: true });
  const keep = join(realpathSync(dataDir), 'postgres');
  const isRoot = process.getuid?.() === 0;
  mkdirSync(keep, { recursive: true, mode: isRoot ? 0o711 : 0o700 });
  if (isRoot) chmodSync(keep, 0o711);

  const pointer = join(keep, 'location');
  let cluster = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : join(keep, 'cluster');
  const account = unprivilegedAccount(cluster);
  if (account !== undefined && !existsSync(pointer) && !canEnter(keep, account)) {
    if (existsSync(cluster)) {
      throw new Error(`${cluster} exists, but ${account.name}, who is to run PostgreSQL, cannot enter it`);
    }
    removeAbandoned();
    cluster = join(ELSEWHERE, createHash('sha256').update(keep).update(randomBytes(8)).digest('hex').slice(0, 16));
    mkdirSync(ELSEWHERE, { recursive: true, mode: 0o755 });
    writeFileSync(pointer, `${cluster}\n`);
  }
  mkdirSync(cluster, { recursive: true, mode: 0o700 });
  if (account !== undefined) chownSync(cluster, account.uid, account.gid);
  if (existsSync(pointer)) writeFileSync(join(cluster, BELONGS_TO), `${keep}\n`);
  return { keep, cluster, account, password: passwordIn(keep, join(cluster, 'data')) };
}

/**
 * Clusters that live elsewhere because their data directory was closed, of data directories in the system's temporary
 * folder that are gone by now. Others stay: a folder that is not there may be on a disk that is not there.
 */
function removeAbandoned(): void {
  if (!existsSync(ELSEWHERE)) return;
  const temporary = `${realpathSync(tmpdir())}/`;
  for (const name of readdirSync(ELSEWHERE)) {
    const cluster = join(ELSEWHERE, name);
    const note = join(cluster, BELONGS_TO);
    const keep = existsSync(note) ? readFileSync(note, 'utf8').trim() : '';
    if (keep.startsWith(temporary) && !existsSync(keep)) rmSync(cluster, { recursive: true, force: true });
  }
}

/** A new place in the system's temporary folder, for a cluster that is thrown away after use. */
export function temporaryHome(): ClusterHome {
  const account = unprivilegedAccount('');
  const parent = [tmpdir(), '/tmp', '/var/tmp'].find(
    (folder) => existsSync(folder) && (account === undefined || canEnter(folder, account)),
  );
  if (parent === undefined) throw new Error('There is no temporary folder that PostgreSQL can enter');
  const cluster = mkdtempSync(join(parent, 'omadm-cluster-'));
  if (account !== undefined) chownSync(cluster, account.uid, account.gid);
  return { keep: cluster, cluster, account, password: randomBytes(18).toString('base64url') };
}

/** Made together with the cluster, and nowhere else. */
function passwordIn(keep: string, data: string): string {
  const file = join(keep, 'password');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  if (existsSync(data)) throw new Error(`There is a cluster in ${data}, but its password is gone: ${file} is missing`);
  const password = randomBytes(18).toString('base64url');
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return password;
}

export function removeHome(home: ClusterHome): void {
  rmSync(home.cluster, { recursive: true, force: true });
}
