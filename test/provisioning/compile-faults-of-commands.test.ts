import { describe, expect, it } from 'vitest';
import { add, body, delivered, expectOneFault, FAULTS_OF, type FaultRow, item } from './fault-rows.ts';

/** A faulty option a row: the Data with the options stands on line 3, in column 7. */
function options(
  ...rows: readonly (readonly [sentence: string, code: string, options: string, reason: RegExp])[]
): FaultRow[] {
  const text = '<Item><Data>Well?</Data></Item>';
  return rows.map(([sentence, code, value, reason]) => {
    const choices = code === '1103' || code === '1104' ? text + text : '';
    const alert = `<Alert><Data>${code}</Data>\n<Item><Data>${value}</Data></Item>${text}${choices}</Alert>`;
    return [sentence, body(alert), 3, 7, 'bad-alert-option', reason];
  });
}

/** One faulty document a row. A command on line 2 has its Item on line 3, whose LocURI stands in column 15. */
const ROWS: readonly FaultRow[] = [
  ['a command without an Item', body('<Add><CmdID>1</CmdID></Add>'), 2, 1, 'missing-item', /Add/],
  ['a second Item in an Exec', body(`<Exec>${item('./A')}\n${item('./B')}</Exec>`), 3, 1, 'too-many-items', /Exec/],
  ['an Item without a Target', body('<Get>\n<Item/></Get>'), 3, 1, 'missing-target', /Get/],
  ['a Target without a LocURI', body('<Delete>\n<Item><Target/></Item></Delete>'), 3, 1, 'missing-target', /Delete/],
  ['an Exec without a Target', body('<Exec>\n<Item><Data/></Item></Exec>'), 3, 1, 'missing-target', /Exec/],
  ['a Copy without a Source', body(`<Copy>\n${item('./A')}</Copy>`), 3, 1, 'missing-source', /Copy/],
  [
    'a Copy without a Target',
    body('<Copy>\n<Item><Source><LocURI>./A</LocURI></Source></Item></Copy>'),
    3,
    1,
    'missing-target',
    /Copy/,
  ],
  ['a CmdID that is no number', body(`<Add><CmdID>one</CmdID>${delivered}</Add>`), 2, 6, 'bad-cmd-id', /"one"/],
  ['the CmdID of the header', body(`<Add><CmdID>0</CmdID>${delivered}</Add>`), 2, 6, 'bad-cmd-id', /"0"/],
  ['an empty CmdID', body(`<Add><CmdID/>${delivered}</Add>`), 2, 6, 'bad-cmd-id', /""/],
  [
    'a CmdID used twice',
    body(`<Add><CmdID>1</CmdID>${delivered}</Add>`, `<Add><CmdID>1</CmdID>${delivered}</Add>`),
    3,
    6,
    'duplicate-cmd-id',
    /line 2/,
  ],
  [
    'a CmdID used again inside an Atomic',
    body(`<Atomic><CmdID>1</CmdID>\n<Add><CmdID>1</CmdID>${delivered}</Add></Atomic>`),
    3,
    6,
    'duplicate-cmd-id',
    /line 2/,
  ],
  [
    'an Atomic in an Atomic',
    body(`<Atomic>\n<Atomic>${add('./A')}</Atomic></Atomic>`),
    3,
    1,
    'nested-atomic',
    /Atomic/,
  ],
  ['a Get in an Atomic', body(`<Atomic>\n<Get>${item('./A')}</Get></Atomic>`), 3, 1, 'get-in-atomic', /Get/],
  [
    'a Sequence in a Sequence',
    body(`<Sequence>\n<Sequence>${add('./A')}</Sequence></Sequence>`),
    3,
    1,
    'nested-sequence',
    /Sequence/,
  ],
  [
    'an Exec in an Atomic',
    body(`<Atomic>\n<Exec>${item('./A')}</Exec></Atomic>`),
    3,
    1,
    'not-in-atomic',
    /Exec.*Replace/,
  ],
  [
    'a Sequence in an Atomic',
    body(`<Atomic>\n<Sequence>${add('./A')}</Sequence></Atomic>`),
    3,
    1,
    'not-in-atomic',
    /Sequence/,
  ],
  [
    'a Correlator used twice',
    body(
      `<Exec><Correlator>c</Correlator>${item('./A')}</Exec>`,
      `<Exec><Correlator>c</Correlator>${item('./A')}</Exec>`,
    ),
    3,
    7,
    'duplicate-correlator',
    /line 2/,
  ],
  ['an Atomic without commands', body('<Atomic><CmdID>1</CmdID></Atomic>'), 2, 1, 'empty-group', /Atomic/],
  ['a Sequence without commands', body('<Sequence/>'), 2, 1, 'empty-group', /Sequence/],
  ['an Alert that only a device sends', body('<Alert>\n<Data>1201</Data></Alert>'), 3, 1, 'bad-alert', /"1201"/],
  ['an Alert without a code', body('<Alert/>'), 2, 1, 'bad-alert', /no code/],
  ['an Alert without its text', body('<Alert><Data>1100</Data><Item/></Alert>'), 2, 1, 'missing-item', /1100/],
  [
    'an Alert whose text is not there',
    body('<Alert><Data>1100</Data><Item/>\n<Item/></Alert>'),
    3,
    1,
    'missing-data',
    /1100/,
  ],
  [
    'a choice without choices',
    body('<Alert><Data>1103</Data><Item/><Item><Data>?</Data></Item></Alert>'),
    2,
    1,
    'missing-item',
    /choice/,
  ],
  [
    'a third Item of a confirmation',
    body('<Alert><Data>1101</Data><Item/><Item><Data>?</Data></Item>\n<Item><Data>!</Data></Item></Alert>'),
    3,
    1,
    'too-many-items',
    /no more/,
  ],
  ...options(
    ['a MINDT of no time', '1100', 'MINDT=0', /MINDT.*positive whole number of seconds, not "0"/],
    ['a MINDT in words', '1101', 'MINDT=ten', /MINDT.*"ten"/],
    ['a MAXDT with a fraction', '1103', 'MAXDT=1.5', /MAXDT.*"1\.5"/],
    ['a MAXDT below nothing', '1102', 'MAXDT=-3', /MAXDT.*"-3"/],
    ['a MINDT longer than MAXDT', '1101', 'MINDT=30&amp;MAXDT=20', /longer than MAXDT/],
    ['a MAXLEN of nothing', '1102', 'MAXLEN=0', /MAXLEN.*characters/],
    ['a default answer longer than MAXLEN', '1102', 'MAXLEN=3&amp;DR=%C3%A4%C3%B6%C3%BC%C3%9F', /longer than MAXLEN/],
    ['an IT of no letter', '1102', 'IT=X', /IT.*A \(any.*"X"/],
    ['an IT of two letters', '1102', 'IT=AN', /IT.*"AN"/],
    ['an ET of no letter', '1102', 'ET=A', /ET.*P \(hidden/],
    ['a default answer of a text that is only shown', '1100', 'DR=1', /DR.*left out/],
    ['a default that is neither yes nor no', '1101', 'DR=yes', /DR.*1 \(yes\) or 0/],
    ['a default that is no choice', '1103', 'DR=3', /DR.*1 to 2.*"3"/],
    ['two defaults where one is chosen', '1103', 'DR=1-2', /DR.*"1-2"/],
    ['defaults of which one is no choice', '1104', 'DR=1-0', /DR.*joined by "-"/],
    ['defaults that repeat', '1104', 'DR=2-2', /each once/],
    ['an option twice', '1102', 'DR=a&amp;DR=b', /twice/],
    ['an option in small letters', '1102', 'maxlen=3', /called MAXLEN/],
    ['an option without a value', '1102', 'MAXDT', /NAME=value/],
    ['options joined by something else', '1102', 'MAXDT=3;DR=x', /MAXDT.*"3;DR=x"/],
    ['an option with a broken escape', '1102', 'DR=%2', /URL-encoded/],
  ),
];

describe('compileDocument refuses, with one fault at its place,', () => {
  it.each(ROWS)('%s', (...row) => {
    expectOneFault(row);
  });
  it('every kind of fault that is looked for here alone', () => {
    const covered = new Set<string>(ROWS.map((row) => row[4]));
    expect(FAULTS_OF.commands.filter((code) => !covered.has(code))).toEqual([]);
  });
});
