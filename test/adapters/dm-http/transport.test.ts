import { randomBytes } from 'node:crypto';
import { deflateRawSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { head, heldOctets, RawClient, type RunningDoor, startDoor, XML } from './running-door.ts';

const LIMIT = 10_000;
const BODY = `<SyncML>${'<x/>'.repeat(100)}</SyncML>`;

let door: RunningDoor;
let clients: RawClient[];

beforeEach(async () => {
  clients = [];
  door = await startDoor({ maxBodyBytes: LIMIT });
});

afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  await door.listener.close(0);
});

function client(): RawClient {
  const one = new RawClient(door.port);
  clients.push(one);
  return one;
}

function post(body: Buffer | string, headers: Record<string, string> = {}): Promise<Response> {
  const url = `http://127.0.0.1:${door.port}/dm`;
  return fetch(url, { method: 'POST', body, headers: { 'Content-Type': XML, ...headers } });
}

const lastBody = (): string => Buffer.from(door.seen.at(-1)?.body ?? []).toString();

describe('a body in a Content-Encoding', () => {
  it.each([
    ['gzip', gzipSync(BODY)],
    ['x-gzip', gzipSync(BODY)],
    ['GZip', Buffer.concat([gzipSync(BODY.slice(0, 50)), gzipSync(BODY.slice(50))])],
    ['deflate', deflateSync(BODY)],
    ['deflate', deflateRawSync(BODY)],
    ['identity', Buffer.from(BODY)],
  ])('%s is handed on as the document it holds', async (coding, body) => {
    expect((await post(body, { 'Content-Encoding': coding })).status).toBe(200);
    expect(lastBody()).toBe(BODY);
  });

  it('that comes in chunks is unwrapped when it is whole', async () => {
    const wrapped = gzipSync(BODY);
    const chunks = [...wrapped].flatMap((octet) => ['1\r\n', Buffer.from([octet]), '\r\n']);
    const reply = client()
      .send(head('1.1', 'Content-Encoding: gzip', 'Transfer-Encoding: chunked'), ...chunks, '0\r\n\r\n')
      .until(/<reply\/>$/);
    expect(await reply).toMatch(/^HTTP\/1\.1 200 /);
    expect(lastBody()).toBe(BODY);
  });

  it.each(['br', 'compress', 'gzip, gzip', 'morse'])(
    '%s is refused with 415, which names those that are taken',
    async (coding) => {
      const response = await post(BODY, { 'Content-Encoding': coding });
      expect([response.status, response.headers.get('accept-encoding')]).toEqual([415, 'gzip, deflate']);
      expect([door.seen, door.outcomes]).toEqual([[], ['malformed']]);
    },
  );

  it.each([
    ['gzip', Buffer.from(BODY)],
    ['gzip', gzipSync(BODY).subarray(0, 30)],
    ['gzip', Buffer.alloc(0)],
    ['gzip', deflateSync(BODY)],
    ['deflate', deflateSync(BODY).subarray(0, 20)],
    ['deflate', Buffer.from(BODY)],
  ])('%s that it is not is refused with 400', async (coding, body) => {
    const response = await post(body, { 'Content-Encoding': coding });
    expect([response.status, await response.text()]).toEqual([400, `The body is not what ${coding} makes.\n`]);
    expect(door.seen).toEqual([]);
  });

  it('may unwrap to exactly the limit and no further', async () => {
    const headers = { 'Content-Encoding': 'gzip' };
    expect((await post(gzipSync(Buffer.alloc(LIMIT, 'x')), headers)).status).toBe(200);
    expect((await post(gzipSync(Buffer.alloc(LIMIT + 1, 'x')), headers)).status).toBe(413);
    expect(door.outcomes).toEqual(['too-large']);
  });
});

describe('a bomb', () => {
  it('of 1 MB that would be 1 GB does not cost its memory', async () => {
    await door.listener.close(0);
    door = await startDoor({ maxBodyBytes: 8 * 1_048_576 });
    const zeros = gzipSync(Buffer.alloc(64 * 1_048_576));
    const bomb = Buffer.concat(Array.from({ length: 16 }, () => zeros));
    const before = heldOctets();
    const peakBefore = process.resourceUsage().maxRSS;
    const response = await post(bomb, { 'Content-Encoding': 'gzip' });
    expect(response.status).toBe(413);
    await expect.poll(() => heldOctets() - before, { timeout: 20_000 }).toBeLessThan(4 * 1_048_576);
    // In KiB: far from the gigabyte at any moment.
    expect(process.resourceUsage().maxRSS - peakBefore).toBeLessThan(128 * 1_024);
    expect(door.seen).toEqual([]);
  });

  it('of endless nothing is cut off by what arrives', async () => {
    const empty = gzipSync('');
    const reply = await post(Buffer.concat(Array.from({ length: 1_000 }, () => empty)), { 'Content-Encoding': 'gzip' });
    expect(reply.status).toBe(413);
  });
});

describe('a reply', () => {
  const large = Buffer.from(`<SyncML>${randomBytes(1_000).toString('hex')}</SyncML>`);

  async function ask(version: '1.0' | '1.1', accept: string): Promise<{ headers: string; body: Buffer }> {
    const received = await client()
      .send(head(version, `Accept-Encoding: ${accept}`, 'Content-Length: 4', 'Connection: close'), '<x/>')
      .closed();
    const end = received.indexOf('\r\n\r\n');
    return { headers: received.slice(0, end), body: Buffer.from(received.slice(end + 4), 'latin1') };
  }

  it('is never in gzip unless that is switched on', async () => {
    door.reply = large;
    const { headers, body } = await ask('1.1', 'gzip');
    expect(headers).not.toContain('Content-Encoding');
    expect(body).toEqual(large);
  });

  describe('where gzip is switched on', () => {
    beforeEach(async () => {
      await door.listener.close(0);
      door = await startDoor({ gzipReplies: true });
      door.reply = large;
    });

    it.each(['gzip', 'deflate, gzip;q=0.5', 'x-gzip'])(
      'is in gzip, with its length, for Accept-Encoding: %s',
      async (accept) => {
        const { headers, body } = await ask('1.1', accept);
        expect(headers).toContain('\r\nContent-Encoding: gzip\r\n');
        expect(headers).toContain(`\r\nContent-Length: ${body.length}\r\n`);
        expect(gunzipSync(body)).toEqual(large);
      },
    );

    it.each(['', '*', 'deflate', 'gzip;q=0', 'identity'])('is as it is for Accept-Encoding: %j', async (accept) => {
      expect((await ask('1.1', accept)).body).toEqual(large);
    });

    it('is as it is in HTTP/1.0', async () => {
      expect((await ask('1.0', 'gzip')).body).toEqual(large);
    });

    it('is as it is when it is small', async () => {
      door.reply = Buffer.alloc(1_024, 'x');
      expect((await ask('1.1', 'gzip')).body).toEqual(door.reply);
    });
  });
});

describe('a client that speaks HTTP/1.0', () => {
  it('gets a reply with its length, not in chunks, and the connection is closed', async () => {
    const received = await client().send(head('1.0', 'Content-Length: 4'), '<x/>').closed();
    expect(received).toContain('\r\nContent-Length: 8\r\n');
    expect(received).toContain('\r\nConnection: close\r\n');
    expect(received).not.toMatch(/transfer-encoding/i);
    expect(received.endsWith('\r\n\r\n<reply/>')).toBe(true);
  });

  it('needs no Host', async () => {
    const received = await client()
      .send(`POST /dm HTTP/1.0\r\nContent-Type: ${XML}\r\nContent-Length: 4\r\n\r\n<x/>`)
      .closed();
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('keeps its connection when it asks to', async () => {
    const request = [head('1.0', 'Connection: keep-alive', 'Content-Length: 4'), '<x/>'];
    const one = client().send(...request);
    expect(await one.until(/<reply\/>$/)).toContain('\r\nConnection: keep-alive\r\n');
    await one.send(...request).until(/<reply\/>.*<reply\/>$/s);
    expect(door.seen).toHaveLength(2);
  });

  it('is not told to continue, for it knows nothing of that', async () => {
    const received = await client()
      .send(head('1.0', 'Expect: 100-continue', 'Content-Length: 4'), '<x/>')
      .closed();
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('a client that speaks HTTP/1.1', () => {
  it('may send several messages over one connection, in chunks or with a length', async () => {
    const one = client();
    one.send(
      head('1.1', 'Transfer-Encoding: chunked'),
      '2\r\n<x\r\n',
      '2;name=value\r\n/>\r\n',
      '0\r\nTrailer: x\r\n\r\n',
    );
    await one.until(/<reply\/>$/);
    expect(lastBody()).toBe('<x/>');
    one.send(head('1.1', 'Content-Length: 4'), '<y/>');
    await one.until(/<reply\/>.*<reply\/>$/s);
    expect(lastBody()).toBe('<y/>');
  });

  it('goes on with its next message on the same connection when one in chunks has been too large', async () => {
    const one = client().send(head('1.1', 'Transfer-Encoding: chunked'));
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    one.send(chunk, chunk, chunk, chunk);
    await one.until(/^HTTP\/1\.1 413 /);
    one.send(chunk, '0\r\n\r\n', head('1.1', 'Content-Length: 4'), '<x/>');
    await one.until(/<reply\/>$/);
  });

  it('gets its 413 though it listens only after it has sent everything', async () => {
    await door.listener.close(0);
    // However long the sending takes.
    door = await startDoor({ maxBodyBytes: LIMIT, discardMs: 60_000 });
    const one = client();
    one.socket.pause();
    one.send(head('1.1', 'Content-Length: 400000'));
    for (let sent = 0; sent < 40; sent++) {
      one.send(Buffer.alloc(10_000));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    one.socket.resume();
    await one.until(/^HTTP\/1\.1 413 /);
  });

  it('that says two lengths is refused', async () => {
    const received = await client()
      .send(head('1.1', 'Content-Length: 4', 'Transfer-Encoding: chunked'), '0\r\n\r\n')
      .closed();
    expect(received).toMatch(/^HTTP\/1\.1 400 /);
    expect(door.seen).toEqual([]);
  });
});

describe('Expect: 100-continue', () => {
  it('is answered when the header fields are in order', async () => {
    const one = client().send(head('1.1', 'Expect: 100-continue', 'Content-Length: 4'));
    expect(await one.until(/\r\n\r\n$/)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    const received = await one.send('<x/>').until(/<reply\/>$/);
    expect(received).toMatch(/100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n.*\r\nConnection: keep-alive\r\n/s);
    expect(lastBody()).toBe('<x/>');
  });

  it.each([
    ['100 MB', 413, 'Content-Length: 104857600'],
    ['a Content-Encoding that is not known', 415, 'Content-Encoding: br\r\nContent-Length: 4'],
    ['a type of its own', 415, 'Content-Type: text/plain\r\nContent-Length: 4'],
  ])('of %s is answered %i at once, and the connection is closed', async (_, status, lines) => {
    const type = lines.includes('Content-Type') ? '' : `Content-Type: ${XML}\r\n`;
    const received = await client()
      .send(`POST /dm HTTP/1.1\r\nHost: x\r\n${type}${lines}\r\nExpect: 100-continue\r\n\r\n`)
      .closed();
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*\r\nConnection: close\r\n`, 's'));
    expect(received).not.toContain('100 Continue');
    expect(door.seen).toEqual([]);
  });

  it('of a body that turns out too large is answered 413 all the same', async () => {
    const one = client().send(head('1.1', 'Expect: 100-continue', 'Transfer-Encoding: chunked'));
    await one.until(/100 Continue/);
    one.send(`4000\r\n${'x'.repeat(0x4000)}\r\n`);
    await one.until(/HTTP\/1\.1 413 /);
  });

  it('for anything else is answered 417', async () => {
    const received = await client()
      .send(head('1.1', 'Expect: miracles', 'Content-Length: 4', 'Connection: close'), '<x/>')
      .closed();
    expect(received).toMatch(/^HTTP\/1\.1 417 /);
  });
});

describe('the log', () => {
  it('says who was refused and how, and nothing of what was sent', async () => {
    await post('secret', { 'Content-Type': 'text/secret' });
    expect(door.logged).toEqual([
      'request at the device door refused {"address":"127.0.0.1","protocol":"http","status":415}',
    ]);
  });
});
