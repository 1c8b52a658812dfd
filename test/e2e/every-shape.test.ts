import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeliveryReport } from '../../scripts/api-client.ts';
import type { DeviceEvent } from '../../src/simulators/device/device-options.ts';
import type { Question, UserAnswer } from '../../src/simulators/device/user.ts';
import type { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import type { Command, Message } from '../../src/syncml/message.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';
import {
  EVERY_WAY,
  registerDevice,
  type ServerUnderTest,
  startServerUnderTest,
  type Way,
} from './server-under-test.ts';

const XML = readFileSync(new URL('every-shape.xml', import.meta.url));
/** Both sides take messages of so many octets. */
const MAX_MSG_SIZE = 4_096;
const TEXT = 'Grüße, 10 € und ein 🙂. '.repeat(300);
const OCTETS = Buffer.from(Array.from({ length: 6_000 }, (_, index) => (index * 7) % 256)).toString('base64');
const SECRET = 'never-to-be-shown';
const XML_VALUE = '<menu xmlns="urn:example:menu"><entry to="a&amp;b">Größe &lt; 5</entry><empty/></menu>';
const CHR_VALUE = `<p>5 &amp; 6 "seven" 'eight' Grüße 🙂</p>`;
const ACL = 'Get=*&Replace=omadm&Exec=omadm';

/** What the device's tree holds afterwards below ./Vendor/Shapes. */
const leaf = (value: string, format = 'chr', type = 'text/plain') => ({ format, type, value });
const octets = (base64: string, type = 'application/octet-stream') => ({ format: 'bin', type, base64 });
const TREE = {
  type: 'urn:example:shapes:1.0',
  children: {
    Deep: { children: {} },
    Formats: {
      children: {
        Int: leaf('42', 'int', 'text/x-count'),
        Negative: leaf('-8', 'int', 'text/x-count'),
        Bool: leaf('true', 'bool', 'text/x-count'),
        Chr: leaf(CHR_VALUE, 'chr', 'text/html'),
        Bin: octets('AAH+/4CBCg0=', 'image/x-icon'),
        B64: octets('3q2+7w=='),
        Xml: leaf(XML_VALUE, 'xml', 'application/xml'),
        XmlText: leaf('<a>b</a>', 'xml'),
        Null: leaf('', 'null'),
      },
    },
    'Two words/one slash': { children: { Ümläut: leaf('ä€🙂'), 'A&B': leaf('&') } },
    New: { ...leaf('was not there'), acl: ACL, title: 'A new one' },
    Mail: { children: { Password: leaf(SECRET) } },
    Copied: { children: { Down: { children: { Leaf: leaf('all the way') } } } },
    Atomic: { children: { Two: leaf('one') } },
    Sequence: { children: { First: leaf('second') } },
    Large: { children: { Text: leaf(TEXT), Octets: octets(OCTETS) } },
    Last: leaf('the end'),
  },
};

type Row = readonly [
  path: string,
  command: string,
  locUri: string,
  status: number,
  format?: string | undefined,
  data?: string,
];
const S = './Vendor/Shapes';
const ESCAPED = `${S}/Two%20words%2Fone%20slash`;

/** What the server's record says: one row an Item, `path.item`. */
const RESULTS: readonly Row[] = [
  ['0.0', 'Add', S, 200],
  ['1.0', 'Add', `${S}/Deep/Down/Leaf`, 200],
  ['2.0', 'Add', `${S}/Formats/Int`, 200],
  ['2.1', 'Add', `${S}/Formats/Negative`, 200],
  ['2.2', 'Add', `${S}/Formats/Bool`, 200],
  ...['Chr', 'Bin', 'B64', 'Xml', 'XmlText', 'Null', 'Empty'].map(
    (name, item): Row => [`3.${item}`, 'Add', `${S}/Formats/${name}`, 200],
  ),
  ['4.0', 'Add', `${ESCAPED}/%C3%9Cml%C3%A4ut`, 200],
  ['4.1', 'Add', `${ESCAPED}/A&B`, 200],
  ['5.0', 'Replace', `${S}/Formats/Negative`, 200],
  ['5.1', 'Replace', `${S}/New`, 200],
  ['6.0', 'Replace', `${S}/New?prop=Title`, 200],
  ['6.1', 'Replace', `${S}/New?prop=ACL`, 200],
  ['7.0', 'Add', `${S}/Mail/Password`, 200],
  ['8.0', 'Get', `${S}/Formats/Int`, 200, 'int', '42'],
  ['9.0', 'Get', ESCAPED, 200, 'node', '%C3%9Cml%C3%A4ut/A&B'],
  ['10.0', 'Get', `${S}/Formats/Chr`, 200, 'chr', CHR_VALUE],
  ['10.1', 'Get', `${S}/Formats/Bin`, 200, 'b64', 'AAH+/4CBCg0='],
  ['10.2', 'Get', `${S}/Deep`, 200, 'node', 'Down'],
  ['10.3', 'Get', `${S}/Formats/Xml`, 200, 'xml', XML_VALUE],
  ['11.0', 'Get', `${S}/Deep`, 200, 'node'],
  ['11.1', 'Get', `${S}/Deep/Down`, 200, 'node'],
  ['11.2', 'Get', `${S}/Deep/Down/Leaf`, 200, 'chr'],
  ['12.0', 'Get', `${S}/Deep`, 200, 'node'],
  ['12.1', 'Get', `${S}/New`, 200, 'chr', 'was not there'],
  ['12.2', 'Get', `${S}/Deep/Down`, 200, 'node'],
  ['12.3', 'Get', `${S}/Deep/Down/Leaf`, 200, 'chr', 'all the way'],
  ['13.0', 'Get', `${S}?prop=Type`, 200, 'chr', 'urn:example:shapes:1.0'],
  ['13.1', 'Get', `${S}/Formats/Bin?prop=Format`, 200, 'chr', 'bin'],
  ['13.2', 'Get', `${S}/Formats/Bin?prop=Size`, 200, 'int', '8'],
  ['13.3', 'Get', `${S}/New?prop=Title`, 200, 'chr', 'A new one'],
  ['13.4', 'Get', `${S}/New?prop=ACL`, 200, 'chr', ACL],
  ['13.5', 'Get', `${S}/New?prop=Name`, 200, 'chr', 'New'],
  ['14.0', 'Copy', `${S}/Copied`, 200],
  ['15.0', 'Delete', `${S}/Deep/Down`, 200],
  ['15.1', 'Delete', `${S}/Formats/Empty`, 200],
  ['16.0', 'Exec', `${S}/New`, 200],
  ['17.0', 'Exec', `${S}/Mail`, 202],
  ['18.0', 'Atomic', '', 200],
  ['18/0.0', 'Add', `${S}/Atomic/One`, 200],
  ['18/1.0', 'Replace', `${S}/Atomic/One`, 200],
  ['18/2.0', 'Copy', `${S}/Atomic/Two`, 200],
  ['18/3.0', 'Delete', `${S}/Atomic/One`, 200],
  ['19.0', 'Sequence', '', 200],
  ['19/0.0', 'Add', `${S}/Sequence/First`, 200],
  ['19/1.0', 'Get', `${S}/Sequence/First`, 200, 'chr', 'first'],
  ['19/2.0', 'Atomic', '', 200],
  ['19/2/0.0', 'Replace', `${S}/Sequence/First`, 200],
  ['19/3.0', 'Get', `${S}/Sequence/First`, 200, 'chr', 'second'],
  ['20.0', 'Alert', '', 200],
  ['21.0', 'Alert', '', 200],
  ['22.0', 'Alert', '', 200, undefined, 'Änne'],
  ['23.0', 'Alert', '', 200, undefined, '2'],
  ['24.0', 'Alert', '', 200, undefined, '1\n3'],
  ['25.0', 'Add', `${S}/Large/Text`, 200],
  ['26.0', 'Replace', `${S}/Large/Octets`, 200],
  ['27.0', 'Get', `${S}/Large/Text`, 200, 'chr', TEXT],
  ['27.1', 'Get', `${S}/Large/Octets`, 200, 'b64', OCTETS],
  ['28.0', 'Get', `${S}/Nowhere`, 404],
  ['28.1', 'Get', `${S}/New`, 200, 'chr', 'was not there'],
  ['29.0', 'Atomic', '', 507],
  ['29/0.0', 'Add', `${S}/Atomic/Three`, 216],
  ['29/1.0', 'Replace', `${S}/Atomic/Two`, 216],
  ['29/2.0', 'Add', `${S}/New`, 418],
  ['29/3.0', 'Delete', `${S}/Copied`, 215],
  ['30.0', 'Sequence', '', 200],
  ['30/0.0', 'Alert', '', 304],
  ['30/1.0', 'Delete', `${S}/Copied`, 215],
  ['31.0', 'Replace', `${S}/Last`, 200],
];

/** What the server knows of ./Vendor afterwards: what it was told, or has put there itself; never a secret. */
const KNOWN: readonly (readonly [locUri: string, format?: string | undefined, value?: string])[] = [
  [S, 'node'],
  [`${S}/Deep`, 'node'],
  [`${S}/Formats/B64`, 'b64', '3q2+7w=='],
  [`${S}/Formats/Bin`, 'b64', 'AAH+/4CBCg0='],
  [`${S}/Formats/Bool`, 'bool', 'true'],
  [`${S}/Formats/Chr`, 'chr', CHR_VALUE],
  [`${S}/Formats/Int`, 'int', '42'],
  [`${S}/Formats/Negative`, 'int', '-8'],
  [`${S}/Formats/Null`, 'null', ''],
  [`${S}/Formats/Xml`, 'xml', XML_VALUE],
  [`${S}/Formats/XmlText`, 'xml', '<a>b</a>'],
  [`${S}/Large/Octets`, 'b64', OCTETS],
  [`${S}/Large/Text`, 'chr', TEXT],
  [`${S}/Last`, undefined, 'the end'],
  [`${S}/Mail/Password`],
  [`${S}/New`, 'chr', 'was not there'],
  [`${S}/Sequence/First`, 'chr', 'second'],
  [ESCAPED, 'node', '%C3%9Cml%C3%A4ut/A&B'],
  [`${ESCAPED}/%C3%9Cml%C3%A4ut`, undefined, 'ä€🙂'],
  [`${ESCAPED}/A&B`, undefined, '&'],
];

/** What the user is asked, and answers. */
const QUESTIONS: readonly (readonly [code: number, text: string, choices: number, options: string, UserAnswer])[] = [
  [1100, 'Settings are coming.', 0, 'MINDT=1&MAXDT=20', 'yes'],
  [1101, 'May they come?', 0, '', 'yes'],
  [1102, 'Your name?', 0, 'DR=nobody&MAXLEN=20&IT=A&ET=T', { text: 'Änne' }],
  [1103, 'One of them?', 2, 'DR=1', { chosen: [2] }],
  [1104, 'Some of them?', 3, 'DR=1-2', { chosen: [1, 3] }],
  [1101, 'And this one?', 0, '', 'no'],
];

let server: ServerUnderTest;
let packageId: string;
let second: string;

beforeAll(async () => {
  server = await startServerUnderTest({ MAX_MESSAGE_BYTES: String(MAX_MSG_SIZE) });
  packageId = (await server.api.upload<{ id: string }>('/api/v1/packages?name=every-shape', XML)).id;
  const short = Buffer.from('<Get><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>');
  second = (await server.api.upload<{ id: string }>('/api/v1/packages?name=second', short)).id;
});

afterAll(() => server?.stop());

/** A device, what it saw and did, and the two deliveries that it fetched in one session. */
async function deliver(way: Way, deviceId: string) {
  const said: (Message & { readonly octets: number; readonly kind: string })[] = [];
  const questions: Question[] = [];
  const done: string[] = [];
  const registered = await registerDevice(server, { deviceId, auth: way.auth });
  const device = registered.start({
    ...way,
    maxMsgSize: MAX_MSG_SIZE,
    user: (question) => QUESTIONS[questions.push(question) - 1]?.[4] ?? 'cancel',
    observe: (event: DeviceEvent) => {
      if (event.kind === 'sent' || event.kind === 'received') {
        said.push({ ...event.message, octets: event.octets, kind: event.kind });
      }
    },
  });
  device.tree.registerExecutable(`${S}/New`, (data) => {
    done.push(String(data));
    return 200;
  });
  device.tree.registerExecutable(`${S}/Mail`, () => 200, { later: { alertType: 'urn:example:mail' } });
  const order = async (id: string, variables: Readonly<Record<string, string>>) => {
    const body = { packageId: id, deviceId, trigger: false, variables };
    return (await server.api.post<DeliveryReport>('/api/v1/deliveries', body)).id;
  };
  const ids = [await order(packageId, { text: TEXT, octets: OCTETS }), await order(second, {})];
  const outcome = await device.runSession();
  const reports = await Promise.all(ids.map((id) => server.api.get<DeliveryReport>(`/api/v1/deliveries/${id}`)));
  return { device, outcome, said, questions, done, reports };
}

const allCommands = (messages: readonly Message[]): Command[] =>
  messages.flatMap(({ commands }) => commands).flatMap(withInner);
const withInner = (command: Command): Command[] =>
  'commands' in command ? [command, ...command.commands.flatMap(withInner)] : [command];

describe.each(EVERY_WAY.map((way, index) => ({ ...way, deviceId: `IMEI:49015420324${index}` })))(
  'every shape of command, to a DM/$dmVersion device that speaks $encoding with $auth credentials',
  (way) => {
    let delivered: Awaited<ReturnType<typeof deliver>>;
    beforeAll(async () => {
      const { deviceId, ...rest } = way;
      delivered = await deliver(rest, deviceId);
    });

    it('leaves the device with exactly the nodes it should have, values, formats, types, titles and rights', () => {
      const { device, outcome, done } = delivered;
      expect(outcome).toMatchObject({ end: 'completed', serverAuthenticated: true, complaints: [] });
      expect(vendorOf(device)).toEqual({ Shapes: TREE });
      expect(done).toEqual(['now']);
    });

    it('shows the user every question with its options', () => {
      const shown = delivered.questions.map(({ code, text, choices, options }) => [
        code,
        text,
        choices.length,
        [...options].map((pair) => pair.join('=')).join('&'),
      ]);
      expect(shown).toEqual(QUESTIONS.map(([code, text, choices, options]) => [code, text, choices, options]));
    });

    it('is recorded result by result, with what was refused and why', () => {
      const [shapes, after] = delivered.reports;
      const rows = shapes?.results.map(({ path, item, command, locUri, status, format, data }): unknown[] => [
        `${path.join('/')}.${item}`,
        command,
        locUri,
        status,
        format,
        data,
      ]);
      expect(rows?.sort(byPlace)).toEqual(RESULTS.map((row) => [...row, ...Array(6 - row.length)]).sort(byPlace));
      expect(shapes).toMatchObject({
        state: 'failed',
        progress: { done: 32, total: 32 },
        failure: {
          code: 'command-refused',
          message: expect.stringMatching(/^Get of \.\/Vendor\/Shapes\/Nowhere \(command 29\) was answered 404/),
        },
      });
      expect(after).toMatchObject({ state: 'succeeded', progress: { done: 1, total: 1 } });
    });

    it("is known in the server's picture of the tree", async () => {
      const { nodes } = await server.api.get<{ nodes: { locUri: string; format?: string; value?: string }[] }>(
        `/api/v1/devices/${encodeURIComponent(way.deviceId)}/tree`,
      );
      const known = nodes.filter(({ locUri }) => locUri.startsWith('./Vendor'));
      expect(known.map(({ locUri, format, value }) => [locUri, format, value ?? '']).sort(byPlace)).toEqual(
        KNOWN.map(([locUri, format, value]) => [locUri, format, value ?? '']).sort(byPlace),
      );
    });

    it('keeps to the sizes of both sides, in pieces where a value is larger', () => {
      const { said } = delivered;
      expect(Math.max(...said.map(({ octets: size }) => size))).toBeLessThanOrEqual(MAX_MSG_SIZE);
      const inPieces = (kind: string, name: string): string[] =>
        allCommands(said.filter((message) => message.kind === kind))
          .filter((command) => command.name === name)
          .flatMap((command) => ('items' in command ? command.items : []))
          .flatMap(({ moreData, target, source }) => (moreData === true ? ((target ?? source)?.uri ?? '') : []));
      expect(new Set(inPieces('received', 'Add'))).toEqual(new Set([`${S}/Large/Text`]));
      expect(new Set(inPieces('received', 'Replace'))).toEqual(new Set([`${S}/Large/Octets`]));
      expect(new Set(inPieces('sent', 'Results'))).toEqual(new Set([`${S}/Large/Text`, `${S}/Large/Octets`]));
    });

    it('tells a Correlator to a device of 1.2 alone, and hears of what was done later', async () => {
      const { said, device, reports } = delivered;
      const correlators = allCommands(said).flatMap((one) => (one.name === 'Exec' ? (one.correlator ?? []) : []));
      expect(correlators).toEqual(way.dmVersion === '1.2' ? [`${reports[0]?.id}.16`, 'later-1'] : []);
      expect(device.waitingAlerts).toMatchObject([
        way.dmVersion === '1.2' ? { code: 1226, source: `${S}/Mail`, correlator: 'later-1' } : { code: 1224 },
      ]);
      expect((await device.runSession()).end).toBe('completed');
      expect(device.waitingAlerts).toEqual([]);
    });

    it('can be read back message by message, without a secret', async () => {
      const { said, outcome } = delivered;
      const id = encodeURIComponent(way.deviceId);
      const sessions = await server.api.get<{ items: { id: string; dmSessionId: string; closeReason?: string }[] }>(
        `/api/v1/sessions?deviceId=${id}`,
      );
      const session = sessions.items.find(({ dmSessionId }) => dmSessionId === outcome.sessionId);
      expect(session?.closeReason).toBe('completed');
      const log = await server.api.get<{
        items: { direction: string; msgId: string; xml: string; wireSize: number }[];
      }>(`/api/v1/sessions/${session?.id}/messages?limit=200`);
      const spoken = said.filter(({ header }) => header.sessionId === outcome.sessionId);
      expect(log.items.map(({ direction, msgId, wireSize }) => [direction, msgId, wireSize])).toEqual(
        spoken.map(({ kind, header, octets: size }) => [kind === 'sent' ? 'device' : 'server', header.msgId, size]),
      );
      const text = log.items.map(({ xml }) => xml).join('\n');
      for (const { xml } of log.items) expect(decodeXml(Buffer.from(xml)).root.name).toBe('SyncML');
      for (const name of [
        'Add',
        'Replace',
        'Get',
        'Delete',
        'Copy',
        'Exec',
        'Atomic',
        'Sequence',
        'Alert',
        'Results',
      ]) {
        expect(text).toContain(`<${name}>`);
      }
      const secrets = spoken.flatMap(({ header, commands }) => [
        ...(header.cred === undefined ? [] : [header.cred.data]),
        ...commands.flatMap((one) => (one.name === 'Status' ? (one.chal?.nextNonce ?? []) : [])),
      ]);
      if (way.auth !== 'hmac') expect(spoken.some(({ header }) => header.cred !== undefined)).toBe(true);
      for (const secret of [...secrets, SECRET, 'client-secret', 'server-secret']) expect(text).not.toContain(secret);
    });
  },
);

function vendorOf(device: VirtualDevice): unknown {
  return device.tree.toJSON().children?.['Vendor']?.children;
}

function byPlace(one: readonly unknown[], other: readonly unknown[]): number {
  return String(one[0]) < String(other[0]) ? -1 : 1;
}
