import { describe, expect, it } from 'vitest';
import { checkTable } from '../../scripts/conformance/check-table.ts';
import { renderTable } from '../../scripts/conformance/render-table.ts';
import { type Requirement, readArea } from '../../scripts/conformance/requirement.ts';
import { checkRepository, importersOf, loadAreas, readFromRoot, TABLE } from '../../scripts/conformance.ts';

describe('the conformance table', () => {
  it('names tests that are there and run, and breaks none of its own rules', () => {
    expect(checkRepository(loadAreas())).toEqual([]);
  });

  it('has no must that is open, and says of whatever is left out why', () => {
    const rows = loadAreas().flatMap(({ requirements }) => requirements);
    expect(rows.filter(({ level, state }) => level === 'must' && state === 'open').map(({ id }) => id)).toEqual([]);
    const leftOut = rows.filter(({ state }) => state === 'left out' || state === 'superseded');
    expect(leftOut.filter(({ note = '' }) => note.length < 20).map(({ id }) => id)).toEqual([]);
    expect(leftOut.length).toBeGreaterThan(0);
  });

  it('is written out as it stands (npx tsx scripts/conformance.ts)', () => {
    expect(readFromRoot(TABLE)).toBe(renderTable(loadAreas()));
  });

  it('is at fault in every row that is done when a file it names is emptied', () => {
    const areas = loadAreas();
    const citations = areas.flatMap(({ requirements }) => requirements.flatMap(({ tests }) => tests ?? []));
    const faults = checkTable(areas, () => '', importersOf);
    expect(faults).toHaveLength(citations.length);
    expect(citations.length).toBeGreaterThan(150);
    for (const fault of faults) expect(fault).toMatch(/: there is no such test$/);
  });

  it('misses a test that is renamed, skipped or shut out by an only in the file it names', () => {
    const [area] = loadAreas();
    const title = 'go out in order, are answered, and the session ends with nothing but Final';
    const path = 'test/session/delivery.test.ts';
    const source = readFromRoot(path) ?? '';
    const faultsWith = (changed: string): string[] =>
      checkTable(
        area === undefined ? [] : [area],
        (file) => (file === path ? changed : readFromRoot(file)),
        importersOf,
      );
    expect(faultsWith(source)).toEqual([]);
    const planted: readonly [change: string, fault: RegExp][] = [
      [source.replace(title, 'go out'), /there is no such test/],
      [source.replace(`it('${title}'`, `it.skip('${title}'`), /it may not run: it is marked skip/],
      [source.replace(`it('${title}'`, `it.only('gets all the attention', () => {});\n  it('${title}'`), /\.only/],
    ];
    for (const [changed, fault] of planted) {
      expect(changed).not.toBe(source);
      const faults = faultsWith(changed);
      expect(faults.length).toBeGreaterThan(0);
      for (const one of faults) expect(one).toMatch(fault);
    }
  });
});

const SUITE = `
describe('outer', () => {
  describe.each(['x', 'y'])('inner %s', (name) => {
    it('runs', () => {});
    it.skip('is skipped', () => {});
    it('skips itself', (context) => { context.skip(); });
  });
  it.each([['one', 1], ['two', 2]] as const)('does %s', (_, count) => {});
  it('has options', { skip: true }, () => {});
  it.todo('is to come');
  if (process.env.CI) it('depends', () => {});
  it.runIf(process.env.CI)('asks first', () => {});
});
describe.skip('asleep', () => { it('dreams', () => {}); });
const name = 'any';
describe(\`\${name} as a Store\`, () => { it("keeps 'it'", () => {}); });
`;

function faultsOf(...rows: Partial<Requirement>[]): string[] {
  const requirements = rows.map(
    (row): Requirement => ({ id: 'PRO-1-1', level: 'must', text: 'x', state: 'done', ...row }),
  );
  const files: Record<string, string> = {
    'test/a.test.ts': SUITE,
    'test/b.contract.ts': SUITE,
    'test/c.contract.ts': SUITE,
  };
  const read = (path: string): string | undefined => files[path];
  return checkTable([{ area: 'one', title: 'One', requirements }], read, (path) =>
    path === 'test/b.contract.ts' ? ['test/b.test.ts'] : [],
  );
}

describe('a citation', () => {
  it.each([
    'test/a.test.ts > outer > inner %s > runs',
    'test/a.test.ts > outer > inner y > runs',
    'test/a.test.ts > outer > does %s',
    'test/a.test.ts > outer > does two',
    "test/a.test.ts > … as a Store > keeps 'it'",
    "test/a.test.ts > any as a Store > keeps 'it'",
    'test/b.contract.ts > outer > does one',
  ])('holds: %s', (citation) => {
    expect(faultsOf({ tests: [citation] })).toEqual([]);
  });

  it.each([
    ['test/a.test.ts > outer > runs', 'there is no such test'],
    ['test/a.test.ts > outer > inner z > runs', 'there is no such test'],
    ['test/a.test.ts > outer > does three', 'there is no such test'],
    ['test/a.test.ts > outer > inner x', 'there is no such test'],
    ['test/a.test.ts', 'it names no test, only a file'],
    ['src/main.ts > outer', 'that is no file of tests'],
    ['test/gone.test.ts > outer', 'there is no such file'],
    ['test/c.contract.ts > outer > does one', 'no test file runs this suite'],
    ['test/a.test.ts > outer > inner x > is skipped', 'it may not run: it is marked skip'],
    ['test/a.test.ts > outer > inner x > skips itself', 'it may not run: it may skip itself'],
    ['test/a.test.ts > outer > has options', 'it may not run: it is marked skip'],
    ['test/a.test.ts > outer > is to come', 'it may not run: it is marked todo'],
    ['test/a.test.ts > outer > depends', 'it may not run: it is declared under a condition'],
    ['test/a.test.ts > outer > asks first', 'it may not run: it is marked runIf'],
    ['test/a.test.ts > asleep > dreams', 'it may not run: it is marked skip'],
  ])('does not hold: %s (%s)', (citation, fault) => {
    expect(faultsOf({ tests: [citation] })).toEqual([`PRO-1-1: ${citation}: ${fault}`]);
  });
});

describe('a row', () => {
  const tests = ['test/a.test.ts > outer > does one'];
  it.each<[string, Partial<Requirement>, RegExp]>([
    ['done without a test', {}, /names no test/],
    ['open with a test', { state: 'open', tests }, /names a test/],
    ['a must that is left out', { state: 'left out', note: 'no' }, /a must cannot be left out/],
    ['a should that is left out', { level: 'should', state: 'left out', note: 'no' }, /a should cannot be left out/],
    ['a may that is left out without a reason', { level: 'may', state: 'left out' }, /without a reason/],
    ['superseded by nothing', { state: 'superseded', note: 'too old' }, /names no RFC/],
    ['an id of an unknown document', { id: 'XYZ-1-1', tests }, /not made of/],
    ['an id without a section', { id: 'PRO-1', tests }, /not made of/],
    ['a test named twice', { tests: [...tests, ...tests] }, /one test twice/],
  ])('is refused: %s', (_, row, fault) => {
    expect(faultsOf(row)).toEqual([expect.stringMatching(fault)]);
  });

  it('is refused when its id stands twice', () => {
    expect(faultsOf({ tests }, { tests })).toEqual([expect.stringMatching(/stands in one and again in one/)]);
  });

  it('is refused when its shape is off, with every fault at once', () => {
    const requirements = [{ id: 'PRO-1-1', level: 'shall', text: 'a\nb', state: 'done', tests: 'x', colour: 'red' }];
    expect(() => readArea({ area: 'one', title: 'One', requirements }, 'one.json')).toThrow(
      /unknown field colour\n.*text is no line\n?.*\n.*level is none of must, should, may\n.*tests is no list/,
    );
  });
});
