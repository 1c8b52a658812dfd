// Builds the web page into dist/web, unless it is there already and nothing it is made of has changed since: `npm start`
// builds every time, and must not cost its user that time.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'dist/.web-stamp');

run('tsx', ['scripts/api-types.ts']);
const stamp = stampOf([
  'src/web',
  'vite.config.ts',
  'package-lock.json',
  'scripts/build-web.mjs',
  'scripts/compress-web.mjs',
]);
if (!existsSync(join(root, 'dist/web/index.html')) || readIfThere(stampFile) !== stamp) {
  rmSync(stampFile, { force: true });
  run('vite', ['build', '--logLevel', 'warn']);
  run(process.execPath, ['scripts/compress-web.mjs']);
  writeFileSync(stampFile, stamp);
}

function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (status === 0) return;
  process.stderr.write(`${program} ${args.join(' ')} failed${error === undefined ? '' : `: ${error.message}`}\n`);
  process.exit(1);
}

function stampOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const whole = join(root, path);
    const files = path.includes('.') ? [whole] : filesIn(whole);
    for (const file of files.toSorted()) hash.update(file.slice(root.length)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
