import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Compilation, compileDocument } from '../../src/provisioning/compile-document.ts';
import { FAULT_CODES } from '../../src/provisioning/fault.ts';
import { instantiateCommands } from '../../src/provisioning/instantiate-commands.ts';

const folder = new URL('../../provisioning-xml/', import.meta.url);
const samples = readdirSync(folder)
  .filter((name) => name.endsWith('.xml'))
  .map((name) => readFileSync(new URL(name, folder)));

function expectSound(result: Compilation): void {
  if (result.ok) {
    const { commands, variables } = result.document;
    expect(JSON.parse(JSON.stringify(commands))).toEqual(commands);
    const instantiation = instantiateCommands(commands, Object.fromEntries(variables.map((name) => [name, '1'])));
    if (!instantiation.ok) expect(instantiation.missing).toEqual([]);
    return;
  }
  expect(result.faults.length).toBeGreaterThan(0);
  let last = { line: 1, column: 1 };
  for (const fault of result.faults) {
    expect(fault.column).toBeGreaterThanOrEqual(1);
    expect(fault.line > last.line || (fault.line === last.line && fault.column >= last.column)).toBe(true);
    expect(FAULT_CODES).toHaveProperty(fault.code);
    expect(fault.message).not.toBe('');
    last = fault;
  }
}

/** Pieces that documents are made of, good and bad, for splicing in anywhere. */
const pieces = fc.constantFrom(
  '<Add>',
  '</Add>',
  '<Atomic>',
  '</Atomic>',
  '<Item/>',
  '<Data>',
  '</Data>',
  '<LocURI>/x</LocURI>',
  '<Meta><Format>bin</Format></Meta>',
  '{{',
  '{{a}}',
  '}}',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '&amp;',
  '&bad;',
  ' xmlns="urn:x"',
  '<?pi?>',
  '\0',
  '\uFEFF',
  '<SyncBody>',
  '</SyncML>',
);

const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat({ max: 40 }),
  insert: fc.oneof(fc.constant(''), pieces, fc.string({ maxLength: 8 })).map((text) => Buffer.from(text)),
  raw: fc.option(fc.integer({ min: 0, max: 255 })),
});

describe('compileDocument', () => {
  it('never throws for a mutated document, and its faults are in order', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        (sample, mutations) => {
          let document: Uint8Array = sample;
          for (const { at, remove, insert, raw } of mutations) {
            const offset = Math.floor(at * document.length);
            const octet = raw === null ? [] : [Uint8Array.of(raw)];
            document = Buffer.concat([
              document.subarray(0, offset),
              insert,
              ...octet,
              document.subarray(offset + remove),
            ]);
          }
          expectSound(compileDocument(document));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never throws for elements put together at random', () => {
    const leaf = fc.constantFrom(
      'CmdID',
      'LocURI',
      'LocName',
      'Format',
      'Type',
      'Size',
      'Correlator',
      'Final',
      'Cred',
      'Foo',
    );
    const branch = fc.constantFrom(
      'Add',
      'Get',
      'Alert',
      'Atomic',
      'Sequence',
      'Copy',
      'Item',
      'Target',
      'Source',
      'Meta',
      'Data',
    );
    const text = fc.constantFrom('', '1', './A', '/A', 'bin', 'node', '1100', '{{v}}', '{{', ' x ');
    const { element } = fc.letrec<{ element: string }>((tie) => ({
      element: fc.oneof(
        { depthSize: 'small' },
        fc.tuple(leaf, text).map(([name, value]) => `<${name}>${value}</${name}>`),
        fc
          .tuple(branch, fc.array(tie('element'), { maxLength: 5 }), text)
          .map(
            ([name, children, value]) =>
              `<${name}>${children.join('\n')}${children.length === 0 ? value : ''}</${name}>`,
          ),
      ),
    }));
    fc.assert(
      fc.property(
        fc.constantFrom('SyncML', 'SyncBody', 'Commands', 'wap-provisioningdoc'),
        fc.array(element),
        (root, children) => {
          expectSound(compileDocument(`<${root}>${children.join('')}</${root}>`));
          expectSound(compileDocument(children.join('')));
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    [
      'open braces',
      (n: number) => `<Add><Item><Target><LocURI>./A</LocURI></Target><Data>${'{{{{'.repeat(n)}</Data></Item></Add>`,
    ],
    [
      'variables',
      (n: number) => `<Add><Item><Target><LocURI>./A</LocURI></Target><Data>${'{{a}}'.repeat(n)}</Data></Item></Add>`,
    ],
    [
      'braces with blanks',
      (n: number) => `<Add><Item><Target><LocURI>./A</LocURI></Target><Data>{{${' '.repeat(n)}</Data></Item></Add>`,
    ],
    [
      'equals signs for base64',
      (n: number) =>
        `<Add><Meta><Format>bin</Format></Meta><Item><Target><LocURI>./A</LocURI></Target><Data>${'=A'.repeat(n)}</Data></Item></Add>`,
    ],
    ['faults', (n: number) => `<SyncBody>${'<Foo a="1">x</Foo>\n'.repeat(n / 4)}</SyncBody>`],
    ['comments before a list', (n: number) => `${'<!---->'.repeat(n)}<Add/><Add/>`],
    ['slashes', (n: number) => `<Add><Item><Target><LocURI>${'/'.repeat(n)}</LocURI></Target></Item></Add>`],
  ])('takes time in proportion to the document for many %s', (_, make) => {
    expectLinear(make, 20_000);
  });

  it('takes time in proportion to the number of commands, 10,000 of which are allowed', () => {
    const make = (count: number) => {
      let document = '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncBody>\n';
      for (let i = 1; i <= count; i++) {
        document += `<Replace><CmdID>${i}</CmdID><Item><Target><LocURI>./Vendor/List/Entry${i}/{{v}}</LocURI></Target>
          <Meta><Format xmlns="syncml:metinf">chr</Format><Type xmlns="syncml:metinf">text/plain</Type></Meta>
          <Data>value {{v}} of ${i}</Data></Item></Replace>\n`;
      }
      return `${document}</SyncBody></SyncML>`;
    };
    const result = compileDocument(make(10_000));
    expect(result.ok && result.document.commandCount).toBe(10_000);
    expect(result.ok && instantiateCommands(result.document.commands, { v: 'x' }).ok).toBe(true);
    expectLinear(make, 2_500);
  }, 60_000);
});

/**
 * Four times the size may take four times as long, with room for noise; a quadratic cost would take sixteen. Processor
 * time counts, the best of runs in turn: what else the machine is doing must not decide.
 */
function expectLinear(make: (size: number) => string, size: number): void {
  const time = (document: Uint8Array): number => {
    const start = process.cpuUsage();
    compileDocument(document);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  };
  const small = Buffer.from(make(size));
  const large = Buffer.from(make(4 * size));
  time(small);
  let bestSmall = Number.POSITIVE_INFINITY;
  let bestLarge = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 4; run++) {
    bestSmall = Math.min(bestSmall, time(small));
    bestLarge = Math.min(bestLarge, time(large));
  }
  // A few milliseconds of noise must not decide about documents that take hardly longer than that.
  expect(bestLarge).toBeLessThan(10 * bestSmall + 20);
}
