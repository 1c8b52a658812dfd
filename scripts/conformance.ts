import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkTable } from './conformance/check-table.ts';
import { renderTable } from './conformance/render-table.ts';
import { type Area, readArea } from './conformance/requirement.ts';

/**
 * The conformance table: `npx tsx scripts/conformance.ts` writes `docs/protocol/conformance.md` from
 * `docs/protocol/requirements/`; with `--open` it lists what is open instead, the musts first.
 * test/ground/conformance.test.ts holds the table against the tests it names.
 */
const root = fileURLToPath(new URL('../', import.meta.url));
const REQUIREMENTS = 'docs/protocol/requirements';
export const TABLE = 'docs/protocol/conformance.md';

/** The areas in the order of their chapters. */
const ORDER = [
  'packages',
  'authentication',
  'large-objects',
  'commands',
  'alerts',
  'representation',
  'encodings',
  'tree',
  'transport',
  'notification',
  'bootstrap',
  'versions',
];

/** @throws Error naming every fault of shape in the files */
export function loadAreas(): Area[] {
  const names = readdirSync(`${root}${REQUIREMENTS}`)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length));
  const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return names
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((name) => {
      const file = `${REQUIREMENTS}/${name}.json`;
      const area = readArea(JSON.parse(readFileSync(`${root}${file}`, 'utf8')), file);
      if (area.area !== name) throw new Error(`${file} calls itself ${area.area}`);
      return area;
    });
}

/** Every fault of the table as it stands in the repository; see {@link checkTable}. */
export function checkRepository(areas: readonly Area[]): string[] {
  return checkTable(areas, readFromRoot, importersOf);
}

export function readFromRoot(path: string): string | undefined {
  return existsSync(`${root}${path}`) ? readFileSync(`${root}${path}`, 'utf8') : undefined;
}

/** Test files that import a shared suite. */
export function importersOf(path: string): string[] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => readFileSync(`${root}test/${file}`, 'utf8').includes(`/${name}'`));
}

function listOpen(areas: readonly Area[]): string {
  const open = areas.flatMap(({ requirements }) => requirements.filter(({ state }) => state === 'open'));
  const line = ({ id, level, text }: (typeof open)[number]) => `${level.padEnd(6)} ${id.padEnd(14)} ${text}`;
  return ['must', 'should', 'may'].flatMap((level) => open.filter((row) => row.level === level).map(line)).join('\n');
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const areas = loadAreas();
  if (process.argv.includes('--open')) console.log(listOpen(areas));
  else {
    writeFileSync(`${root}${TABLE}`, renderTable(areas));
    for (const fault of checkRepository(areas)) {
      console.error(fault);
      process.exitCode = 1;
    }
  }
}
