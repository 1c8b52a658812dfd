import { Buffer } from 'node:buffer';
import v8 from 'node:v8';
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type Element, element } from '../../src/wire/element.ts';
import { decodeWbxml } from '../../src/wire/wbxml/decode-wbxml.ts';
import { encodeWbxml } from '../../src/wire/wbxml/encode-wbxml.ts';
import { WbxmlError } from '../../src/wire/wbxml/wbxml-error.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';
import { XmlError } from '../../src/wire/xml/xml-error.ts';
import { type Random, randomSource } from './random-source.ts';

/** `FUZZ_SEED=n` repeats a run; every failure prints the seed and the input. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20260101);
/** `npm run fuzz:codec` has 1,000,000; `FUZZ_DOCUMENTS=n` any other number. */
const WBXML_INPUTS = Number(process.env['FUZZ_DOCUMENTS'] ?? 250_000);
/** They take longer to read. */
const XML_INPUTS = Math.ceil(WBXML_INPUTS * 0.15);
/** A leak of a hundred bytes an input would be 25 MB of a quarter of a million. */
const HEAP_GROWTH_ALLOWED = 24 * 1024 * 1024;

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Mutates one of the seeds into `scratch` and returns the used part of it. */
function mutator(seeds: readonly Uint8Array[], interesting: readonly number[], random: Random) {
  const scratch = new Uint8Array(4096);
  return (): Uint8Array => {
    const seed = seeds[random(seeds.length)] as Uint8Array;
    let length = seed.length;
    scratch.set(seed);
    for (let left = 1 + random(4); left > 0 && length > 0; left--) {
      const at = random(length);
      switch (random(8)) {
        case 0: // flip a bit
          scratch[at] = (scratch[at] as number) ^ (1 << random(8));
          break;
        case 1: // any byte
          scratch[at] = random(256);
          break;
        case 2:
        case 3: // a byte that means something
          scratch[at] = interesting[random(interesting.length)] as number;
          break;
        case 4: // cut
          length = at;
          break;
        case 5: // take bytes out
          scratch.copyWithin(at, Math.min(length, at + 1 + random(8)), length);
          length = Math.max(at, length - 1 - random(8));
          break;
        case 6: {
          // double a piece
          const piece = Math.min(1 + random(32), length - at, scratch.length - length);
          scratch.copyWithin(at + piece, at, length);
          length += piece;
          break;
        }
        default: {
          // go on with the rest of another seed
          const other = seeds[random(seeds.length)] as Uint8Array;
          const rest = other.subarray(random(other.length)).subarray(0, scratch.length - at);
          scratch.set(rest, at);
          length = at + rest.length;
        }
      }
    }
    return scratch.subarray(0, length);
  };
}

const NS = 'SYNCML:SYNCML1.2';
const leaf = (name: string, text: string, namespace = NS): Element => element(name, namespace, [text]);
const command = element('Add', NS, [
  leaf('CmdID', '7'),
  element('Item', NS, [
    element('Target', NS, [leaf('LocURI', './a/ü')]),
    element('Meta', NS, [leaf('Format', 'bin', 'syncml:metinf')]),
    element('Data', NS, [Uint8Array.of(0, 1, 0xff)]),
  ]),
]);
const message = element('SyncML', NS, [
  element('SyncHdr', NS, [
    leaf('VerDTD', '1.2'),
    leaf('MsgID', '1'),
    element('Odd', NS, [], [{ name: 'x', value: 'y' }]),
  ]),
  element('SyncBody', NS, [command, element('Final', NS)]),
]);
const provisioning = element(
  'wap-provisioningdoc',
  '',
  [
    element(
      'characteristic',
      '',
      [
        element(
          'parm',
          '',
          [],
          [
            { name: 'name', value: 'APPID' },
            { name: 'value', value: 'w7,http' },
          ],
        ),
      ],
      [{ name: 'type', value: 'APPLICATION' }],
    ),
  ],
  [{ name: 'version', value: '1.0' }],
);

const WBXML_SEEDS: readonly Uint8Array[] = [
  encodeWbxml(message, { language: 'syncml-1.2' }),
  encodeWbxml(command, { language: 'syncml-1.2', publicIdStyle: 'text' }),
  encodeWbxml(provisioning, { language: 'prov-1.0', version: '1.3' }),
  Buffer.from('02009f536a0561620063004f830002879fec0083020343004301040001c301ff01', 'hex'),
  // String table, references, entities, a processing instruction, opaque data; then UTF-16.
  Buffer.from('029f536a05616200630043040083000001 4f8300028820830303 410001'.replace(/ /g, ''), 'hex'),
  Buffer.from('029f53877700 4f0300410042d83dde00000001'.replace(/ /g, ''), 'hex'),
  Buffer.from('019f53030a 2d2f2f41004f7264720044058300c405048300030001018300 01'.replace(/ /g, ''), 'hex'),
];

const XML_SEEDS: readonly Uint8Array[] = [
  encodeXml(provisioning),
  `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE SyncML PUBLIC "-//S//E" "x.dtd">${encodeXml(command, { declaration: false })}`,
  '<a xmlns="urn:x" xmlns:m="syncml:metinf"><m:b c="1" m:d=\'2\'>&lt;&#x41;<![CDATA[]]]]>é\u{1f600}<!-- x --><?p q?></m:b>\r\n</a>',
].map((xml) => Buffer.from(xml, 'utf8'));

const XML_INTERESTING = [...Buffer.from('<>&;"\'/!?[]-=: \r\n\0#x'), 0xff, 0xc3, 0xed, 0xf0, 0xef];
const WBXML_INTERESTING = [0, 1, 2, 3, 4, 0x40, 0x43, 0x44, 0x6a, 0x7f, 0x80, 0x83, 0x84, 0xc0, 0xc3, 0xc4, 0xff];

function assertSurvives(
  count: number,
  next: () => Uint8Array,
  decode: (input: Uint8Array) => void,
  isOwnError: (error: unknown) => boolean,
): { accepted: number; heapGrowth: number } {
  let accepted = 0;
  const round = (inputs: number) => {
    for (let i = 0; i < inputs; i++) {
      const input = next();
      try {
        decode(input);
        accepted++;
      } catch (error) {
        if (isOwnError(error)) continue;
        const hex = Buffer.from(input).toString('hex');
        throw new Error(`FUZZ_SEED=${SEED}: ${String(error)} from input ${hex}`, { cause: error });
      }
    }
  };
  // What compiling and caching take is not growth.
  round(count / 10);
  const before = memoryInUse();
  round(count - count / 10);
  return { accepted, heapGrowth: memoryInUse() - before };
}

describe(`mutated documents (FUZZ_SEED=${SEED})`, () => {
  it(`${WBXML_INPUTS} of WBXML: a document or a WbxmlError, and memory stays flat`, () => {
    const next = mutator(WBXML_SEEDS, WBXML_INTERESTING, randomSource(SEED));
    const { accepted, heapGrowth } = assertSurvives(
      WBXML_INPUTS,
      next,
      (input) => {
        decodeWbxml(input, { assumeLanguage: 'syncml-1.2' });
      },
      (error) => error instanceof WbxmlError && error.offset >= 0 && Number.isInteger(error.offset),
    );
    // Mutations that hit text leave documents: a decoder that refused everything would prove nothing.
    expect(accepted).toBeGreaterThan(WBXML_INPUTS / 100);
    expect(heapGrowth).toBeLessThan(HEAP_GROWTH_ALLOWED);
  });

  it(`${XML_INPUTS} of XML: a document or an XmlError, and memory stays flat`, () => {
    const next = mutator(XML_SEEDS, XML_INTERESTING, randomSource(SEED));
    const { accepted, heapGrowth } = assertSurvives(
      XML_INPUTS,
      next,
      (input) => {
        decodeXml(input, { positions: true });
      },
      (error) => error instanceof XmlError && error.line >= 1 && error.column >= 1,
    );
    expect(accepted).toBeGreaterThan(XML_INPUTS / 1000);
    expect(heapGrowth).toBeLessThan(HEAP_GROWTH_ALLOWED);
  });

  it('what was accepted can be written and read again', () => {
    const next = mutator(WBXML_SEEDS, WBXML_INTERESTING, randomSource(SEED + 1));
    for (let i = 0; i < 50_000; i++) {
      const input = next();
      let root: Element;
      let language: ReturnType<typeof decodeWbxml>['language'];
      try {
        ({ root, language } = decodeWbxml(input, { assumeLanguage: 'syncml-1.2' }));
      } catch {
        continue;
      }
      const again = decodeWbxml(encodeWbxml(root, { language }), { assumeLanguage: language }).root;
      // Entity 0 and its kind never get in, so nothing turns into OPAQUE on the way.
      if (JSON.stringify(again) !== JSON.stringify(root)) {
        expect({ seed: SEED + 1, input: Buffer.from(input).toString('hex'), root: again }).toEqual({
          seed: SEED + 1,
          input: Buffer.from(input).toString('hex'),
          root,
        });
      }
    }
  });
});
