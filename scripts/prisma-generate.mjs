// Generates the Prisma client into src/adapters/prisma/generated, without network and only when something changed.
//
// Run before everything that compiles or runs TypeScript, so it has to cost nothing when there is nothing to do: a
// stamp holds the hash of what the output depends on. Two runs at once do no harm: each generates into a folder of its
// own and then puts whole files into place.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const schemaFile = join(root, 'prisma/schema.prisma');
const target = join(root, 'src/adapters/prisma/generated');
const stampFile = join(target, '.stamp');

const require = createRequire(import.meta.url);
const prismaPackage = require.resolve('prisma/package.json');

const schema = readFileSync(schemaFile, 'utf8');
const stamp = createHash('sha256')
  .update(schema)
  .update(readFileSync(prismaPackage))
  .update(readFileSync(fileURLToPath(import.meta.url)))
  .digest('hex');

if (readIfThere(stampFile) !== stamp) generate();

function generate() {
  mkdirSync(target, { recursive: true });
  const work = mkdtempSync(join(target, '.new-'));
  try {
    const output = join(work, 'client');
    const copy = join(work, 'schema.prisma');
    writeFileSync(copy, schema.replace(/^(\s*output\s*=\s*).*$/m, `$1${JSON.stringify(output)}`));
    const cli = join(dirname(prismaPackage), JSON.parse(readFileSync(prismaPackage, 'utf8')).bin.prisma);
    const run = spawnSync(process.execPath, [cli, 'generate', '--schema', copy, '--no-hints'], {
      cwd: root,
      encoding: 'utf8',
      env: {
        ...process.env,
        // Generating needs no engine, yet the CLI would download one unless it is told where one is: any program will do.
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        CHECKPOINT_DISABLE: '1',
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
      },
    });
    if (run.status !== 0) {
      process.stderr.write(`prisma generate failed\n${run.stdout ?? ''}${run.stderr ?? ''}${run.error ?? ''}\n`);
      process.exit(1);
    }
    put(output, target);
    writeFileSync(join(work, 'stamp'), stamp);
    renameSync(join(work, 'stamp'), stampFile);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Replaces the files of `to` by those of `from` one by one (a rename is atomic), and removes what is not there any more. */
function put(from, to) {
  const files = filesIn(from);
  for (const file of files) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    renameSync(join(from, file), join(to, file));
  }
  for (const file of filesIn(to)) {
    if (!files.includes(file) && !file.startsWith('.')) rmSync(join(to, file), { force: true });
  }
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
