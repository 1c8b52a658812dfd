import { type Area, DOCUMENTS, LEVELS, placeOf, type Requirement, STATES } from './requirement.ts';

/** Columns of the counts: a should is done or open, a must may be superseded besides, a may left out. */
const COUNTED = LEVELS.flatMap((level) =>
  STATES.filter(
    (state) => (state !== 'left out' || level === 'may') && (state !== 'superseded' || level === 'must'),
  ).map((state) => ({ level, state })),
);

/** The table as Markdown, the whole of `docs/protocol/conformance.md`. */
export function renderTable(areas: readonly Area[]): string {
  const lines = [
    '# Conformance',
    '',
    'What the specification asks of a server, and the test that shows it. Written by `scripts/conformance.ts` from',
    '`requirements/`; change it there. [README.md](README.md) says how to read it.',
    '',
    ...countsOf(areas),
    '',
  ];
  for (const { area, title, requirements } of areas) {
    lines.push(
      `## ${title}`,
      '',
      `<!-- requirements/${area}.json -->`,
      '',
      '| id | level | what | state | shown by |',
      '|---|---|---|---|---|',
    );
    for (const row of requirements) lines.push(rowOf(row));
    lines.push('');
  }
  lines.push('## Documents', '', '| in an id | stands for |', '|---|---|');
  for (const [short, long] of Object.entries(DOCUMENTS)) lines.push(`| ${short} | ${long} |`);
  return `${lines.join('\n')}\n`;
}

function countsOf(areas: readonly Area[]): string[] {
  const count = (rows: readonly Requirement[]) =>
    COUNTED.map(({ level, state }) => rows.filter((row) => row.level === level && row.state === state).length);
  const line = (name: string, rows: readonly Requirement[]) => `| ${[name, ...count(rows)].join(' | ')} |`;
  return [
    `| area | ${COUNTED.map(({ level, state }) => `${level} ${state}`).join(' | ')} |`,
    `|---|${COUNTED.map(() => '--:').join('|')}|`,
    ...areas.map(({ title, requirements }) => line(title, requirements)),
    line(
      '**all**',
      areas.flatMap(({ requirements }) => requirements),
    ),
  ];
}

function rowOf({ id, level, text, state, tests = [], note }: Requirement): string {
  const place = placeOf(id);
  const shown = [...tests.map((test) => `\`${test}\``), ...(note === undefined ? [] : [note])].map(cell).join('<br>');
  const section =
    place === undefined ? id : `<span title="${DOCUMENTS[place.document]}, ${place.section}">${id}</span>`;
  return `| ${[section, level, cell(text), state === 'open' ? '**open**' : state, shown].join(' | ')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
