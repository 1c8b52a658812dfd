// After the web page is built: each of its texts once more in Brotli and in gzip, so that the server compresses nothing.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const folder = fileURLToPath(new URL('../dist/web', import.meta.url));
/** Smaller ones fit into one packet anyway. */
const MIN_OCTETS = 1_000;

for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name);
  if (!entry.isFile() || entry.name === 'index.html' || !/\.(?:js|css|svg)$/.test(entry.name)) continue;
  const octets = readFileSync(file);
  if (octets.length < MIN_OCTETS) continue;
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: octets.length };
  writeFileSync(`${file}.br`, brotliCompressSync(octets, { params: quality }));
  writeFileSync(`${file}.gz`, gzipSync(octets, { level: 9 }));
}
// Vite's list of what belongs together is read by the tests in dist/web-manifest.json, and served to nobody.
const manifest = join(folder, '.vite/manifest.json');
writeFileSync(join(folder, '../web-manifest.json'), readFileSync(manifest));
rmSync(join(folder, '.vite'), { recursive: true });
