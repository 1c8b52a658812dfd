/**
 * Messages a second of the WBXML and XML codecs on a message of 20 commands, beside peers in the same run: JSON over
 * the same tree, the bare saxes parser, xmlbuilder2. Every round runs all of them in turn, and the median counts, so a
 * busy machine slows them alike. The last line is JSON; its `ratio` is WBXML decoding over JSON.parse.
 */
import { Buffer } from 'node:buffer';
import { SaxesParser } from 'saxes';
import { create } from 'xmlbuilder2';
import { type Element, element, isElement } from '../src/wire/element.ts';
import { decodeWbxml } from '../src/wire/wbxml/decode-wbxml.ts';
import { encodeWbxml } from '../src/wire/wbxml/encode-wbxml.ts';
import { decodeXml } from '../src/wire/xml/decode-xml.ts';
import { encodeXml } from '../src/wire/xml/encode-xml.ts';

const ROUNDS = 9;
const ROUND_MS = 120;
const NS = 'SYNCML:SYNCML1.2';
const METINF = 'syncml:metinf';

const leaf = (name: string, text: string, namespace = NS): Element => element(name, namespace, [text]);
const uri = (name: string, text: string): Element => element(name, NS, [leaf('LocURI', text)]);

function command(index: number): Element {
  return element('Replace', NS, [
    leaf('CmdID', String(index + 2)),
    element('Item', NS, [
      uri('Target', `./Vendor/Example/Settings/Connection${index}/AccessPoint/Name`),
      element('Meta', NS, [leaf('Format', 'chr', METINF), leaf('Type', 'text/plain', METINF)]),
      leaf('Data', `internet${index}.operator.example`),
    ]),
  ]);
}

const message = element('SyncML', NS, [
  element('SyncHdr', NS, [
    leaf('VerDTD', '1.2'),
    leaf('VerProto', 'DM/1.2'),
    leaf('SessionID', '3F'),
    leaf('MsgID', '2'),
    uri('Target', 'IMEI:493005100592800'),
    uri('Source', 'https://dm.operator.example/dm'),
    element('Cred', NS, [
      element('Meta', NS, [leaf('Format', 'b64', METINF), leaf('Type', 'syncml:auth-md5', METINF)]),
      leaf('Data', 'Zz6EivR3yeaaENcRN6lpAQ=='),
    ]),
    element('Meta', NS, [leaf('MaxMsgSize', '16384', METINF)]),
  ]),
  element('SyncBody', NS, [
    element('Status', NS, [
      leaf('CmdID', '1'),
      leaf('MsgRef', '2'),
      leaf('CmdRef', '0'),
      leaf('Cmd', 'SyncHdr'),
      leaf('TargetRef', 'https://dm.operator.example/dm'),
      leaf('SourceRef', 'IMEI:493005100592800'),
      leaf('Data', '212'),
    ]),
    ...Array.from({ length: 20 }, (_, index) => command(index)),
    element('Final', NS),
  ]),
]);

type Builder = ReturnType<typeof create>;
function buildWith(parent: Builder, { namespace, name, children }: Element): Builder {
  const built = parent.ele(namespace, name);
  for (const node of children) {
    if (isElement(node)) buildWith(built, node);
    else built.txt(String(node));
  }
  return built;
}

const wbxml = Buffer.from(encodeWbxml(message, { language: 'syncml-1.2' }));
const xml = encodeXml(message);
const xmlBytes = Buffer.from(xml);
const json = JSON.stringify(message);

const subjects: Record<string, () => unknown> = {
  'wbxml decode': () => decodeWbxml(wbxml),
  'wbxml encode': () => encodeWbxml(message, { language: 'syncml-1.2' }),
  'xml decode': () => decodeXml(xmlBytes),
  'xml encode': () => encodeXml(message),
  'JSON.parse': () => JSON.parse(json),
  'JSON.stringify': () => JSON.stringify(message),
  'saxes alone': () => new SaxesParser({ xmlns: true, position: false }).write(xml).close(),
  xmlbuilder2: () =>
    buildWith(create({ version: '1.0', encoding: 'UTF-8' }), message)
      .doc()
      .end(),
};

function perSecond(run: () => unknown): number {
  const started = performance.now();
  let count = 0;
  let elapsed = 0;
  do {
    for (let i = 0; i < 10; i++) run();
    count += 10;
    elapsed = performance.now() - started;
  } while (elapsed < ROUND_MS);
  return (count * 1000) / elapsed;
}

const rates = new Map(Object.keys(subjects).map((name) => [name, [] as number[]]));
for (let round = -1; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(subjects)) {
    const rate = perSecond(run);
    // The first round is for the compiler.
    if (round >= 0) rates.get(name)?.push(rate);
  }
}

function median(name: string): number {
  const sorted = (rates.get(name) ?? []).toSorted((a, b) => a - b);
  return Math.round(sorted[sorted.length >> 1] ?? 0);
}

console.log(`one message: ${wbxml.length} octets of WBXML, ${xmlBytes.length} of XML, ${json.length} of JSON`);
for (const name of Object.keys(subjects)) {
  console.log(`${name.padEnd(16)} ${String(median(name)).padStart(8)} messages/s`);
}

const over = (a: string, b: string) => Math.round((median(a) / median(b)) * 100) / 100;
console.log(
  JSON.stringify({
    bench: 'codec',
    ratio: over('wbxml decode', 'JSON.parse'),
    ratios: {
      'wbxml encode / JSON.stringify': over('wbxml encode', 'JSON.stringify'),
      'xml decode / saxes alone': over('xml decode', 'saxes alone'),
      'xml encode / xmlbuilder2': over('xml encode', 'xmlbuilder2'),
    },
    perSecond: Object.fromEntries(Object.keys(subjects).map((name) => [name, median(name)])),
  }),
);
