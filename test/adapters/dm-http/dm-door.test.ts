import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import Koa from 'koa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dmDoor } from '../../../src/adapters/dm-http/dm-door.ts';
import { AppError } from '../../../src/services/app-error.ts';
import type { DmAnswer, DmRequest } from '../../../src/services/dm-messages.ts';
import { heldOctets } from './running-door.ts';

const LIMIT = 10_000;
const XML = 'application/vnd.syncml.dm+xml';

let server: Server;
let port: number;
let seen: DmRequest[];
let outcomes: string[];
let logged: string[];
let answer: () => Promise<DmAnswer>;

beforeEach(async () => {
  seen = [];
  outcomes = [];
  logged = [];
  answer = () => Promise.resolve({ kind: 'reply', reply: { contentType: XML, body: Buffer.from('<reply/>') } });
  const app = new Koa();
  app.silent = true;
  const handle = (one: DmRequest): Promise<DmAnswer> => {
    seen.push(one);
    return answer();
  };
  app.use(
    dmDoor({
      messages: { handle },
      metrics: { messageHandled: (outcome) => void outcomes.push(outcome) },
      log: {
        info: (fields, text) => void logged.push(`${text} ${JSON.stringify(fields)}`),
        error: (fields, text) => void logged.push(`${text} ${JSON.stringify(fields)}`),
      },
      maxBodyBytes: LIMIT,
      discardMs: 200,
    }),
  );
  server = createServer(app.callback()).listen(0, '127.0.0.1');
  // As the listener does it.
  server.on('checkContinue', app.callback());
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function post(body: Uint8Array | string, headers: Record<string, string> = { 'Content-Type': XML }): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/dm`, { method: 'POST', body, headers });
}

/** Speaks HTTP by hand and returns all that came back until the server closed the connection. */
async function raw(text: string, more?: { readonly chunk: Buffer; readonly times: number }): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}).setMaxListeners(0);
  let received = '';
  socket.on('data', (data: Buffer) => {
    received += data.toString('latin1');
  });
  socket.write(text);
  for (let sent = 0; more !== undefined && sent < more.times && socket.writable; sent++) {
    if (!socket.write(more.chunk)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {});
  }
  if (!socket.closed) await once(socket, 'close').catch(() => {});
  return received;
}

describe('the device door', () => {
  it.each([
    'application/vnd.syncml.dm+wbxml',
    'application/vnd.syncml.dm+xml',
    'application/vnd.syncml+wbxml',
    'application/vnd.syncml+xml',
  ])('takes %s, with parameters and in any case', async (mediaType) => {
    await post('<x/>', { 'Content-Type': `${mediaType.toUpperCase()}; charset=UTF-8` });
    expect(seen[0]).toMatchObject({ mediaType, encoding: mediaType.endsWith('wbxml') ? 'wbxml' : 'xml' });
    expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe('<x/>');
  });

  it("answers with the reply's own media type and nothing added to it", async () => {
    const response = await post('<x/>');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(XML);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe('<reply/>');
  });

  it('writes header names with the capitals that some clients insist on', async () => {
    const reply = await raw(`POST /dm HTTP/1.0\r\nContent-Type: ${XML}\r\nContent-Length: 4\r\n\r\n<x/>`);
    expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(reply).toContain(`\r\nContent-Type: ${XML}\r\n`);
    expect(reply.endsWith('<reply/>')).toBe(true);
  });

  it('answers 400 with the reason when the body is no message', async () => {
    answer = () => Promise.resolve({ kind: 'malformed', reason: 'WBXML byte 4: the document ends too early' });
    const response = await post('x');
    expect(response.status).toBe(400);
    expect(await response.text()).toBe('Not a SyncML message: WBXML byte 4: the document ends too early\n');
  });

  it('hands on the MAC of a request and puts that of the reply into its header, letter by letter', async () => {
    const mac = 'algorithm=MD5, username="omadm", mac=AA==';
    const headers = { 'x-syncml-hmac': mac };
    answer = () => Promise.resolve({ kind: 'reply', reply: { contentType: XML, body: Buffer.from('x'), headers } });
    const given = 'algorithm=MD5, username="device", mac=BB==';
    const reply = await raw(
      `POST /dm HTTP/1.0\r\nContent-Type: ${XML}\r\nx-syncml-hmac: ${given}\r\nContent-Length: 4\r\n\r\n<x/>`,
    );
    expect(seen[0]?.hmac).toBe(given);
    expect(reply).toContain(`\r\nx-syncml-hmac: ${mac}\r\n`);
  });

  it('answers 415 naming the four types when the type is another one, or missing', async () => {
    const response = await post('{}', { 'Content-Type': 'application/json' });
    expect(response.status).toBe(415);
    expect(await response.text()).toMatch(/application\/vnd\.syncml\.dm\+wbxml, .*application\/vnd\.syncml\+xml/);
    expect(seen).toEqual([]);
  });

  it('answers 405 to anything but POST', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/dm`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('answers 429 with Retry-After when too many credentials from there were wrong', async () => {
    answer = () => Promise.resolve({ kind: 'later', afterMs: 3_200, reason: 'Too many wrong credentials.' });
    const response = await post('<x/>');
    expect([response.status, response.headers.get('Retry-After'), await response.text()]).toEqual([
      429,
      '4',
      'Too many wrong credentials. Come again in 4 s.\n',
    ]);
  });

  it('tells the services where a message came from', async () => {
    await post('<x/>');
    expect(seen[0]?.address).toMatch(/127\.0\.0\.1$/);
  });

  it('answers 503 with Retry-After when the database is away', async () => {
    answer = () => Promise.reject(new AppError('unavailable', 'connection refused'));
    const response = await post('<x/>');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  });
});

describe('a bug of ours', () => {
  it('is a 500 with an id that the log has too, and nothing about the fault', async () => {
    answer = () => Promise.reject(new TypeError('cannot read properties of undefined'));
    const response = await post('<x/>');
    const text = await response.text();
    expect(response.status).toBe(500);
    const incident = /under (\S+)\.\n$/.exec(text)?.[1] ?? 'none';
    expect(logged.join()).toContain(incident);
    expect(text).not.toContain('undefined');
  });
});

describe('a body that is too large', () => {
  it('is refused with 413 by its Content-Length before it is sent', async () => {
    const reply = await raw(
      `POST /dm HTTP/1.1\r\nHost: x\r\nContent-Type: ${XML}\r\nContent-Length: 104857600\r\n\r\n`,
    );
    expect(reply).toMatch(/^HTTP\/1\.1 413 /);
    expect(outcomes).toEqual(['too-large']);
  });

  it('of 100 MB in chunks is refused with 413 and held nowhere', async () => {
    const chunk = Buffer.alloc(65_536, 0x41);
    const framed = Buffer.concat([Buffer.from('10000\r\n'), chunk, Buffer.from('\r\n')]);
    const before = heldOctets();
    const reply = await raw(
      `POST /dm HTTP/1.1\r\nHost: x\r\nContent-Type: ${XML}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      {
        chunk: framed,
        times: 1600,
      },
    );
    expect(reply).toMatch(/^HTTP\/1\.1 413 /);
    // What was thrown away is swept by a thread of its own, in its own time; what is held stays.
    await expect.poll(() => heldOctets() - before, { timeout: 20_000 }).toBeLessThan(4_000_000);
    expect(seen).toEqual([]);
  });

  it('of exactly the limit is taken', async () => {
    expect((await post('x'.repeat(LIMIT))).status).toBe(200);
    expect((await post('x'.repeat(LIMIT + 1))).status).toBe(413);
  });
});

describe('a client that goes away in the middle of its body', () => {
  it('disturbs nobody else', async () => {
    const broken = request({
      port,
      host: '127.0.0.1',
      path: '/dm',
      method: 'POST',
      headers: { 'Content-Type': XML, 'Content-Length': '100' },
    });
    broken.on('error', () => {});
    broken.write('half');
    await new Promise((resolve) => setTimeout(resolve, 30));
    broken.destroy();
    expect((await post('<x/>')).status).toBe(200);
    expect(seen).toHaveLength(1);
  });
});
