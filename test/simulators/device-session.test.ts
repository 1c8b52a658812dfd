import { describe, expect, it } from 'vitest';
import { encodeMessage } from '../../src/simulators/device/message-codec.ts';
import { buildCred } from '../../src/syncml/credentials.ts';
import type { Message } from '../../src/syncml/message.ts';
import { add, alert, copy, exec, get, remove, replace, type Say, statusesOf } from './scripted-dm-server.ts';
import { CRED, deviceFor, once, results, start } from './scripted-session.ts';

describe.each(['wbxml', 'xml'] as const)('a session in %s', (encoding) => {
  it('opens with its alert and DevInfo, answers every command and ends when the server has nothing more', async () => {
    const octets = Uint8Array.of(0, 1, 254, 255);
    const server = await start(
      once(
        add('./Vendor/Browser/Home', 'http://example.org/?a=1&b=<2>', { format: 'chr', type: 'text/plain' }),
        add('./Vendor/Icon', octets, { format: 'bin', type: 'image/png' }),
        replace('./Vendor/Browser/Home', 'http://example.net/'),
        get('./Vendor/Browser/Home', './Vendor', './Vendor/Nope'),
        get('./Vendor/Icon'),
        remove('./Vendor/Browser/Home'),
        remove('./DevInfo/Lang'),
        exec('./Vendor'),
        copy('./Vendor/Icon', './Vendor/Copy'),
      ),
      encoding,
    );
    const device = deviceFor(server, { encoding });
    const outcome = await device.runSession({ sessionId: '1F' });

    expect(outcome).toEqual({
      sessionId: '1F',
      end: 'completed',
      clientAuthenticated: true,
      serverAuthenticated: true,
      messages: 2,
      posts: 2,
      executed: 11,
      complaints: [],
    });
    expect(server.headers[0]?.['content-type']).toBe(`application/vnd.syncml.dm+${encoding}`);
    const [first, second] = server.heard;
    expect(first).toMatchObject({
      header: {
        verDtd: '1.1',
        verProto: 'DM/1.1',
        sessionId: '1F',
        msgId: '1',
        target: { uri: server.url },
        source: { uri: 'IMEI:1' },
        cred: buildCred('syncml:auth-md5', 'user', 'client-pw', Buffer.from('client nonce')),
        meta: { maxMsgSize: 16_384 },
      },
      commands: [
        { name: 'Alert', code: 1201 },
        { name: 'Replace', items: [{ source: { uri: './DevInfo/DevId' }, data: 'IMEI:1' }, {}, {}, {}, {}] },
      ],
      final: true,
    });
    expect(second?.header.cred).toBeUndefined();
    expect(second?.final).toBe(true);
    expect(statusesOf(second as Message)).toEqual([
      'SyncHdr 212',
      'Add 200',
      'Add 200',
      'Replace 200',
      'Get 200',
      'Get 200',
      'Get 404',
      'Get 200',
      'Delete 200',
      'Delete 405',
      'Exec 405',
      'Copy 200',
    ]);
    expect(results(second).map(({ items }) => items[0])).toEqual([
      {
        source: { uri: './Vendor/Browser/Home' },
        meta: { format: 'chr', type: 'text/plain' },
        data: 'http://example.net/',
      },
      { source: { uri: './Vendor' }, meta: { format: 'node' }, data: 'Browser/Icon' },
      {
        source: { uri: './Vendor/Icon' },
        // XML has no octets: they travel in base64.
        meta: { format: encoding === 'xml' ? 'b64' : 'bin', type: 'image/png' },
        data: encoding === 'xml' ? 'AAH+/w==' : octets,
      },
    ]);
    expect(device.tree.valueOf('./Vendor/Copy')).toEqual(octets);
    expect(device.executions.map(({ name, locUri, status }) => `${name} ${locUri} ${status}`)).toEqual([
      'Add ./Vendor/Browser/Home 200',
      'Add ./Vendor/Icon 200',
      'Replace ./Vendor/Browser/Home 200',
      'Get ./Vendor/Browser/Home 200',
      'Get ./Vendor 200',
      'Get ./Vendor/Nope 404',
      'Get ./Vendor/Icon 200',
      'Delete ./Vendor/Browser/Home 200',
      'Delete ./DevInfo/Lang 405',
      'Exec ./Vendor 405',
      'Copy ./Vendor/Copy 200',
    ]);
  });

  it('speaks DM/1.2 with the short media type when told to', async () => {
    const server = await start(once(add('./Vendor/A', 'x')), encoding);
    const device = deviceFor(server, { encoding, dmVersion: '1.2', mediaType: 'application/vnd.syncml' });
    expect(await device.runSession()).toMatchObject({ end: 'completed', complaints: [] });
    expect(server.headers[0]?.['content-type']).toBe(`application/vnd.syncml+${encoding}`);
    expect(server.heard[0]?.header).toMatchObject({ verDtd: '1.2', verProto: 'DM/1.2' });
    expect(device.tree.get('./DMAcc')).toEqual({ value: '', format: 'node' });
  });

  it('sends a package larger than the server takes in several messages', async () => {
    const maxMsgSize = encoding === 'xml' ? 1_600 : 600;
    const server = await start((heard, number) => {
      if (number === 1) {
        return { cred: CRED, meta: { maxMsgSize }, commands: Array.from({ length: 12 }, () => get('./DevInfo/Mod')) };
      }
      return heard.final ? {} : { final: false, commands: [alert(1222)] };
    }, encoding);
    const device = deviceFor(server, { encoding });
    expect(await device.runSession()).toMatchObject({ end: 'completed', executed: 12, complaints: [] });
    const answers = server.heard.slice(1);
    expect(answers.length).toBeGreaterThan(2);
    for (const body of server.bodies.slice(1)) expect(body.length).toBeLessThanOrEqual(maxMsgSize);
    expect(answers.map(({ final }) => final)).toEqual([...answers.slice(1).map(() => false), true]);
    expect(answers.flatMap(results)).toHaveLength(12);
    expect(answers.flatMap(statusesOf).filter((status) => status === 'Get 200')).toHaveLength(12);
    // Every 1222 of the server is answered, too.
    expect(answers.flatMap(statusesOf).filter((status) => status === 'Alert 200')).toHaveLength(answers.length - 1);
  });

  it('answers Get with ?list= by one Results with an Item a node, TNDS by 406', async () => {
    const octets = Uint8Array.of(0, 255);
    const server = await start(
      once(
        add('./Vendor/A/Text', 'x'),
        add('./Vendor/A/Icon', octets, { format: 'bin', type: 'image/png' }),
        get('./Vendor/A?list=Struct', './Vendor/A?list=StructData', './Vendor/A?list=TNDS'),
      ),
      encoding,
    );
    expect(await deviceFor(server, { encoding }).runSession()).toMatchObject({ end: 'completed', complaints: [] });
    expect(statusesOf(server.heard[1] as Message).slice(3)).toEqual(['Get 200', 'Get 200', 'Get 406']);
    const node = { source: { uri: './Vendor/A' }, meta: { format: 'node' } };
    const text = { source: { uri: './Vendor/A/Text' }, meta: { format: 'chr', type: 'text/plain' } };
    const icon = { source: { uri: './Vendor/A/Icon' }, meta: { format: 'bin', type: 'image/png' } };
    const iconData =
      encoding === 'wbxml'
        ? { ...icon, data: octets }
        : { ...icon, meta: { ...icon.meta, format: 'b64' }, data: Buffer.from(octets).toString('base64') };
    expect(results(server.heard[1]).map(({ items }) => items)).toEqual([
      [node, text, icon],
      [node, { ...text, data: 'x' }, iconData],
    ]);
  });

  it('sends a list larger than a message in several Results, a leaf that is too large for one in chunks', async () => {
    const maxMsgSize = encoding === 'xml' ? 1_600 : 600;
    const large = 'z'.repeat(4_000);
    const nodes = Array.from({ length: 40 }, (_, index) => add(`./Vendor/N${index}`, `value ${index}`));
    const server = await start((heard, number) => {
      if (number === 1) {
        const commands = [...nodes, add('./Vendor/Large', large), add('./Vendor/Last', 'end')];
        return { cred: CRED, meta: { maxMsgSize }, commands: [...commands, get('./Vendor?list=StructData')] };
      }
      return heard.final ? {} : { final: false, commands: [alert(1222)] };
    }, encoding);
    expect(await deviceFor(server, { encoding }).runSession()).toMatchObject({ end: 'completed', complaints: [] });
    for (const body of server.bodies.slice(1)) expect(body.length).toBeLessThanOrEqual(maxMsgSize);
    const listed = server.heard.flatMap(results).flatMap(({ items }) => items);
    const values = new Map<string, string>();
    for (const { source, data } of listed) {
      const uri = source?.uri ?? '';
      values.set(uri, (values.get(uri) ?? '') + String(data ?? ''));
    }
    expect([...values.keys()]).toEqual([
      './Vendor',
      ...nodes.map((_, index) => `./Vendor/N${index}`),
      './Vendor/Large',
      './Vendor/Last',
    ]);
    expect(values.get('./Vendor/Large')).toBe(large);
    expect(values.get('./Vendor/N39')).toBe('value 39');
    expect(listed.filter(({ meta }) => meta?.size !== undefined).map(({ meta }) => meta?.size)).toEqual([4_000]);
    // A piece that is not the last one stands at the end of its message.
    for (const message of server.heard) {
      const items = results(message).flatMap(({ items: own }) => own);
      expect(items.slice(0, -1).some(({ moreData }) => moreData === true)).toBe(false);
    }
  });

  it('sends a value larger than a message in chunks that say the size once', async () => {
    const maxMsgSize = encoding === 'xml' ? 1_600 : 600;
    const value = 'Zwölf & Boxkämpfer <jagen> 𝄞𝄞𝄞 '.repeat(80);
    const server = await start((heard, number) => {
      if (number === 1) {
        return { cred: CRED, meta: { maxMsgSize }, commands: [add('./Vendor/L', value), get('./Vendor/L')] };
      }
      return heard.final ? {} : { final: false, commands: [alert(1222)] };
    }, encoding);
    expect(await deviceFor(server, { encoding }).runSession()).toMatchObject({ end: 'completed', complaints: [] });
    const chunks = server.heard.flatMap(results).map(({ items }) => items[0]);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.map((chunk) => chunk?.data).join('')).toBe(value);
    expect(chunks.map((chunk) => chunk?.meta?.size)).toEqual([
      Buffer.byteLength(value),
      ...chunks.slice(1).map(() => undefined),
    ]);
    expect(chunks.map((chunk) => chunk?.moreData ?? false)).toEqual([...chunks.slice(1).map(() => true), false]);
    for (const body of server.bodies.slice(2)) expect(body.length).toBeLessThanOrEqual(maxMsgSize);
  });
});

describe('how a session goes on and ends', () => {
  it('follows RespURI', async () => {
    const server = await start((_, number) =>
      number === 1 ? { cred: CRED, header: { respUri: '/dm/7?s=1' }, commands: [get('./DevInfo/Man')] } : {},
    );
    expect(await deviceFor(server).runSession()).toMatchObject({ end: 'completed' });
    expect(server.paths).toEqual(['/dm', '/dm/7?s=1']);
  });

  it('ends without an answer when the server aborts', async () => {
    const server = await start(once(add('./Vendor/A', '1'), alert(1223)));
    const device = deviceFor(server);
    expect(await device.runSession()).toMatchObject({ end: 'aborted-by-server', messages: 1, executed: 0 });
  });

  it('aborts with alert 1223 beside its statuses when told to', async () => {
    const server = await start(once(add('./Vendor/A', '1')));
    expect(await deviceFor(server).runSession({ abortAtMessage: 2 })).toMatchObject({ end: 'aborted-by-device' });
    const [, second] = server.heard;
    expect(statusesOf(second as Message)).toEqual(['SyncHdr 212', 'Add 200']);
    expect(second?.commands.at(-1)).toMatchObject({ name: 'Alert', code: 1223 });
    expect(second?.final).toBe(true);
  });

  it('ends when the server asks for more although there is nothing left', async () => {
    const server = await start(() => ({ final: false, commands: [alert(1222)] }));
    expect(await deviceFor(server).runSession()).toMatchObject({ end: 'protocol-error', messages: 11 });
  });

  it.each([404, 505, 513])('ends when the header is answered with %i', async (code) => {
    const server = await start(() => ({ headerStatus: { code }, commandStatus: code }));
    expect(await deviceFor(server).runSession()).toMatchObject({ end: 'refused', status: code });
  });

  it.each([
    ['HTTP 400', { raw: { status: 400, body: 'no' } }],
    ['a page', { raw: { status: 200, contentType: 'text/html', body: '<html/>' } }],
    ['garbage', { raw: { status: 200, contentType: 'application/vnd.syncml.dm+wbxml', body: 'garbage' } }],
    ['another session', { header: { sessionId: 'FFFF' } }],
  ])('ends in a protocol error on %s', async (_, say: Say) => {
    const server = await start(() => say);
    const outcome = await deviceFor(server).runSession();
    expect(outcome.end).toBe('protocol-error');
    expect(outcome.reason).toBeTruthy();
  });

  it('answers what it does not know: 406, and 412 for commands without a target', async () => {
    const server = await start(
      once(
        { name: 'Unknown', cmdId: '', element: 'Put' },
        alert(1999, '', 'x'),
        { name: 'Get', cmdId: '', items: [] },
        { name: 'Delete', cmdId: '', items: [{}] },
      ),
    );
    await deviceFor(server).runSession();
    expect(statusesOf(server.heard[1] as Message).slice(1)).toEqual(['Put 406', 'Alert 406', 'Get 412', 'Delete 412']);
  });

  it('gives no Status to a command that wants none', async () => {
    const server = await start(once({ ...add('./Vendor/A', '1'), noResp: true }, get('./Vendor/A')));
    const device = deviceFor(server);
    await device.runSession();
    expect(statusesOf(server.heard[1] as Message).slice(1)).toEqual(['Get 200']);
    expect(device.tree.valueOf('./Vendor/A')).toBe('1');
  });

  it('complains about what breaks the protocol without harm', async () => {
    const server = await start((_, number) => ({
      cred: CRED,
      header: { target: { uri: 'IMEI:2' } },
      commands:
        number === 1
          ? [
              add('./Vendor/A', 'x'.repeat(600)),
              {
                name: 'Status',
                cmdId: '99',
                msgRef: '1',
                cmdRef: '77',
                cmd: 'Add',
                targetRefs: [],
                sourceRefs: [],
                code: 200,
                items: [],
              },
            ]
          : [],
    }));
    const { end, complaints } = await deviceFor(server, { maxMsgSize: 512 }).runSession();
    expect(end).toBe('completed');
    expect(complaints).toEqual([
      expect.stringMatching(/^a message of \d+ octets, our MaxMsgSize is 512$/),
      'a message for IMEI:2',
      'a Status for 1/77, which was never sent or is answered',
    ]);
  });

  it('holds one session after the other', async () => {
    let heldAtOnce = 0;
    let most = 0;
    const reply = (message: Message) =>
      encodeMessage(
        {
          header: { ...message.header, msgId: message.header.msgId, target: message.header.source },
          commands: [],
          final: true,
        },
        'wbxml',
      );
    const device = deviceFor(
      { url: 'http://unused/' },
      {
        observe: (event) => void (event.kind === 'sent' && sent.push(event.message)),
        transport: async () => {
          most = Math.max(most, ++heldAtOnce);
          await new Promise((resolve) => setTimeout(resolve, 2));
          heldAtOnce -= 1;
          const last = sent.at(-1) as Message;
          return { status: 200, contentType: 'application/vnd.syncml.dm+wbxml', body: reply(last) };
        },
      },
    );
    const sent: Message[] = [];
    const outcomes = await Promise.all(['1', '2', '3'].map((sessionId) => device.runSession({ sessionId })));
    expect(outcomes.map(({ sessionId, end }) => `${sessionId} ${end}`)).toEqual([
      '1 completed',
      '2 completed',
      '3 completed',
    ]);
    expect(most).toBe(1);
  });
});
