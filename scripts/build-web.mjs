// Builds the web page into dist/web, unless it is there already and nothing it is made of has changed since: `npm start`
// builds every time, and must not cost its user that time.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'dist/.web-stamp.json');
const BUILD = ['vite.config.ts', 'package-lock.json', 'scripts/build-web.mjs', 'scripts/compress-web.mjs'];

// All of src says what the API is; making its types anew takes seconds, and building the page takes more.
const known = knownStamps();
const all = stampOf(['src', 'scripts/api-types.ts', 'scripts/openapi-of-routes.ts', ...BUILD]);
if (known.all !== all) {
  run('tsx', ['scripts/api-types.ts']);
  const page = stampOf(['src/web', ...BUILD], ['src/web/api/schema.d.ts']);
  if (known.page !== page) {
    rmSync(stampFile, { force: true });
    run('vite', ['build', '--logLevel', 'warn']);
    run(process.execPath, ['scripts/compress-web.mjs']);
  }
  writeFileSync(stampFile, JSON.stringify({ all, page }));
}

function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (status === 0) return;
  process.stderr.write(`${program} ${args.join(' ')} failed${error === undefined ? '' : `: ${error.message}`}\n`);
  process.exit(1);
}

/** @param others generated files that count all the same */
function stampOf(paths, others = []) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const whole = join(root, path);
    const files = statSync(whole).isDirectory() ? filesIn(whole) : [whole];
    for (const file of files.toSorted()) hash.update(file.slice(root.length)).update(readFileSync(file));
  }
  for (const file of others) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** Without what is generated from the rest. */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('/generated/') && !file.endsWith('/schema.d.ts'));
}

function knownStamps() {
  if (!existsSync(join(root, 'dist/web/index.html')) || !existsSync(join(root, 'src/web/api/schema.d.ts'))) return {};
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}
