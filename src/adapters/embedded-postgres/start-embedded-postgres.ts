import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  existsSync,
  fchownSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type ClusterHome, clusterHome, removeHome, temporaryHome } from './cluster-home.ts';
import { type NativeBinaries, nativeBinaries } from './native-binaries.ts';
import { takeOwnerLock } from './owner-lock.ts';
import { readPostmaster, signal, stopOrphan } from './postmaster.ts';

export interface EmbeddedPostgresOptions {
  /** Where the cluster is kept. Absent: a temporary one, removed when it is stopped or this process dies. */
  readonly dataDir?: string;
  /** `off`: nothing is flushed to disk, for tests; a crash of the machine loses the cluster. Default `on`. */
  readonly durability?: 'on' | 'off';
  /** What is worth telling an operator. */
  readonly log?: (message: string) => void;
}

export interface EmbeddedPostgres {
  /** `postgresql://…` of the database `omadm`, with its password. */
  readonly url: string;
  /** Resolves when it has ended otherwise than by {@link stop}, with the last lines of its log. */
  readonly died: Promise<string>;
  /** Ends all its connections and stops it. May be called more than once. */
  stop(): Promise<void>;
}

const USER = 'omadm';
const DATABASE = 'omadm';
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const LOG_KEPT = 1_000_000;

/** Small, quiet, on loopback. Everything that durability rests on keeps its default, which is on. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '128MB',
  // No replicas here.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  io_method: 'sync',
  jit: 'off',
  // A refused statement is told to its client; what was in it is nothing for a log file.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

const WITHOUT_DURABILITY: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  // Tests run several servers at a time on one PostgreSQL, each with a pool of its own.
  max_connections: '300',
};

/**
 * Runs PostgreSQL for as long as its standard input is open, then stops it (fast shutdown). So it ends with the server
 * however that ends, SIGKILL included. $1 is what to remove afterwards, or empty.
 */
const SUPERVISOR = `
remove=$1; shift; exec 3<&0
"$@" </dev/null 3<&- & postgres=$!
{ cat <&3 >/dev/null; kill -INT "$postgres"; } 2>/dev/null & watch=$!
wait "$postgres"; status=$?
kill "$watch" 2>/dev/null
[ -z "$remove" ] || rm -rf "$remove" 2>/dev/null
exit "$status"
`;

/**
 * Starts the PostgreSQL that npm brought along, on a free port of 127.0.0.1, as an ordinary user even when we are root.
 * The first start makes the cluster. One data directory has one server at a time.
 *
 * It does not get the terminal's signals and installs no handler for ours: whoever calls decides when to stop.
 * @throws Error saying what is in the way: another server, a version that cannot read the data, no account to run it
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {});
  const temporary = options.dataDir === undefined;
  const home = options.dataDir === undefined ? temporaryHome() : clusterHome(options.dataDir);
  const unlock = temporary ? () => {} : await takeOwnerLock(join(home.keep, 'lock'));
  try {
    const data = join(home.cluster, 'data');
    const binaries = nativeBinaries(home.account, home.cluster);
    await stopOrphan(data, log);
    if (!existsSync(data)) {
      log('making a new PostgreSQL cluster');
      initialise(binaries, home, data, temporary || options.durability === 'off');
    }
    checkVersion(binaries, home, data);
    const running = await launch(binaries, home, data, {
      temporary,
      settings: options.durability === 'off' ? { ...SETTINGS, ...WITHOUT_DURABILITY } : SETTINGS,
    });
    let stopping: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      stopping ??= stopSupervised(running.supervisor, data).finally(() => {
        if (temporary) removeHome(home);
        unlock();
      });
      return stopping;
    };
    const died = new Promise<string>((resolve) => {
      running.supervisor.once('exit', () => {
        if (stopping === undefined) resolve(tailOf(logFile(home)));
      });
    });
    try {
      await createDatabase(urlOf(home, running.port, 'postgres'));
    } catch (error) {
      await stop();
      throw error;
    }
    return { url: urlOf(home, running.port, DATABASE), died, stop };
  } catch (error) {
    if (temporary) removeHome(home);
    unlock();
    throw error;
  }
}

const logFile = (home: ClusterHome): string => join(home.cluster, 'server.log');

const urlOf = (home: ClusterHome, port: number, database: string): string =>
  `postgresql://${USER}:${home.password}@127.0.0.1:${port}/${database}`;

/** initdb into a folder beside, then a rename: a first start that is interrupted leaves no half cluster. */
function initialise(binaries: NativeBinaries, home: ClusterHome, data: string, careless: boolean): void {
  const half = `${data}.new`;
  rmSync(half, { recursive: true, force: true });
  const passwordFile = join(home.cluster, `.${randomBytes(6).toString('hex')}`);
  writeFileSync(passwordFile, home.password, { mode: 0o600 });
  if (home.account !== undefined) chownSync(passwordFile, home.account.uid, home.account.gid);
  try {
    const run = spawnSync(
      binaries.initdb,
      [
        `--pgdata=${half}`,
        `--username=${USER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--no-locale',
        '--no-instructions',
        ...(careless ? ['--no-sync'] : []),
      ],
      { cwd: home.cluster, encoding: 'utf8', env: environment(binaries), ...identity(home) },
    );
    if (run.status !== 0) {
      throw new Error(`initdb failed: ${run.error?.message ?? (run.stderr.trim() || run.stdout.trim())}`);
    }
    renameSync(half, data);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function checkVersion(binaries: NativeBinaries, home: ClusterHome, data: string): void {
  const has = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  const run = spawnSync(binaries.postgres, ['--version'], {
    cwd: '/',
    encoding: 'utf8',
    env: environment(binaries),
    ...identity(home),
  });
  const needs = /(\d+)/.exec(run.stdout)?.[1];
  if (has !== needs) {
    throw new Error(
      `The cluster in ${data} was made by PostgreSQL ${has}; this is PostgreSQL ${needs}, which cannot read it. ` +
        'Dump it with the old version, or move it away',
    );
  }
}

async function launch(
  binaries: NativeBinaries,
  home: ClusterHome,
  data: string,
  how: { readonly temporary: boolean; readonly settings: Readonly<Record<string, string>> },
): Promise<{ readonly supervisor: ChildProcess; readonly port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const supervisor = superviseAt(port, binaries, home, data, how);
    try {
      await untilReady(supervisor, data, port);
      return { supervisor, port };
    } catch (cause) {
      await stopSupervised(supervisor, data);
      const said = tailOf(logFile(home));
      // Somebody took the port between our look and PostgreSQL's bind.
      if (attempt < 5 && /Address already in use/.test(said)) continue;
      throw new Error(`PostgreSQL did not start:\n${said}`, { cause });
    }
  }
}

function superviseAt(
  port: number,
  binaries: NativeBinaries,
  home: ClusterHome,
  data: string,
  how: { readonly temporary: boolean; readonly settings: Readonly<Record<string, string>> },
): ChildProcess {
  const file = logFile(home);
  if (existsSync(file) && statSync(file).size > LOG_KEPT) renameSync(file, `${file}.1`);
  const output = openSync(file, 'a', 0o600);
  if (home.account !== undefined) fchownSync(output, home.account.uid, home.account.gid);
  const settings = Object.entries(how.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  try {
    const supervisor = spawn(
      '/bin/sh',
      [
        '-c',
        SUPERVISOR,
        'postgres-supervisor',
        how.temporary ? home.cluster : '',
        binaries.postgres,
        '-D',
        data,
        '-p',
        String(port),
        ...settings,
      ],
      {
        cwd: home.cluster,
        env: environment(binaries),
        stdio: ['pipe', output, output],
        // A session of its own: Ctrl-C in the terminal is for the server, which stops PostgreSQL when it is done.
        detached: true,
        ...identity(home),
      },
    );
    // An error on the pipe only means that it ended, and 'exit' tells that.
    supervisor.stdin?.on('error', () => {});
    supervisor.on('error', () => {});
    supervisor.unref();
    (supervisor.stdin as unknown as { unref?: () => void } | null)?.unref?.();
    return supervisor;
  } finally {
    closeSync(output);
  }
}

async function untilReady(supervisor: ChildProcess, data: string, port: number): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const postmaster = readPostmaster(data);
    if (postmaster?.port === port && postmaster.status === 'ready') return;
    if (hasEnded(supervisor)) throw new Error('it ended before it was ready');
    if (Date.now() > deadline) throw new Error(`it was not ready within ${START_TIMEOUT_MS / 1000} s`);
    await sleep(5);
  }
}

async function stopSupervised(supervisor: ChildProcess, data: string): Promise<void> {
  if (hasEnded(supervisor)) return;
  supervisor.ref();
  const ended = once(supervisor, 'exit');
  supervisor.stdin?.end();
  const late = new AbortController();
  const overdue = sleep(STOP_TIMEOUT_MS, undefined, { signal: late.signal }).then(
    () => {
      const postmaster = readPostmaster(data);
      if (postmaster !== undefined) signal(postmaster.pid, 'SIGQUIT');
    },
    () => {},
  );
  await ended;
  late.abort();
  await overdue;
}

const hasEnded = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** Only what the programs need: settings like PGDATA, or secrets of the server, are none of their business. */
function environment(binaries: NativeBinaries): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...binaries.env };
}

function identity({ account }: ClusterHome): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

function tailOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(-12).join('\n').trim();
  } catch {
    return '';
  }
}
