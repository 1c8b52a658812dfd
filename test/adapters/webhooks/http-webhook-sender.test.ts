import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpWebhookSender } from '../../../src/adapters/webhooks/http-webhook-sender.ts';
import { isPublicAddress } from '../../../src/adapters/webhooks/public-address.ts';
import { Receiver } from './receiver.ts';

const BODY = '{"type":"a.b"}';

describe('a webhook over HTTP', () => {
  let receiver: Receiver;
  let sender: HttpWebhookSender;
  beforeEach(async () => {
    receiver = await Receiver.start();
    sender = new HttpWebhookSender({ allowsPrivate: true, timeoutMs: 30_000, userAgent: 'omadm/test' });
  });
  afterEach(async () => {
    sender.close();
    await receiver.close();
  });

  it('is a POST of JSON with the headers it was given', async () => {
    expect(await sender.send(receiver.url, { 'webhook-id': 'one' }, BODY)).toEqual({ kind: 'answered', status: 204 });
    const [received] = receiver.received;
    expect(received).toMatchObject({ id: 'one', text: BODY });
    expect(received?.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'omadm/test' });
  });

  it('follows no redirection, and tells how long the receiver wants to be left alone', async () => {
    receiver.answer = (response) => response.writeHead(302, { Location: receiver.url }).end();
    expect(await sender.send(receiver.url, {}, BODY)).toEqual({ kind: 'answered', status: 302 });
    expect(receiver.received).toHaveLength(1);
    receiver.answer = (response) => response.writeHead(429, { 'Retry-After': '7' }).end();
    expect(await sender.send(receiver.url, {}, BODY)).toEqual({ kind: 'answered', status: 429, retryAfterMs: 7_000 });
  });

  it('is answered when the headers are there, however long the body goes on', async () => {
    receiver.answer = (response) => {
      response.writeHead(200);
      response.write('x'.repeat(1_000_000));
    };
    expect(await sender.send(receiver.url, {}, BODY)).toEqual({ kind: 'answered', status: 200 });
  });

  it('fails when nobody answers in time, when the connection breaks, and when nobody listens', async () => {
    const hasty = new HttpWebhookSender({ allowsPrivate: true, timeoutMs: 200, userAgent: 'x' });
    receiver.answer = () => {};
    expect(await hasty.send(receiver.url, {}, BODY)).toEqual({ kind: 'failed', reason: 'no answer within 0.2 s' });
    hasty.close();
    receiver.answer = (response) => response.destroy();
    expect(await sender.send(receiver.url, {}, BODY)).toEqual({
      kind: 'failed',
      reason: 'the connection failed (ECONNRESET)',
    });
    const nobody = createServer();
    await new Promise<void>((done) => nobody.listen(0, '127.0.0.1', done));
    const { port } = nobody.address() as { port: number };
    await new Promise((done) => nobody.close(done));
    const outcome = await sender.send(`http://127.0.0.1:${port}/`, {}, BODY);
    expect(outcome).toEqual({ kind: 'failed', reason: 'the connection failed (ECONNREFUSED)' });
  });

  it('is broken off when the server stops', async () => {
    receiver.answer = () => {};
    const abort = new AbortController();
    const sending = sender.send(receiver.url, {}, BODY, abort.signal);
    await expect.poll(() => receiver.received.length, { timeout: 30_000 }).toBe(1);
    abort.abort();
    expect(await sending).toEqual({ kind: 'failed', reason: 'the server is stopping' });
    expect(await sender.send(receiver.url, {}, BODY, abort.signal)).toMatchObject({ kind: 'failed' });
  });

  it('goes nowhere but to the public internet unless that is wanted, whatever a name leads to', async () => {
    const careful = new HttpWebhookSender({ allowsPrivate: false, userAgent: 'x' });
    for (const url of [
      receiver.url,
      receiver.url.replace('127.0.0.1', 'localhost'),
      'http://[::1]/',
      'http://0x7f.1/',
    ]) {
      expect(careful.refusalOf(url), url).toContain('not one of the public internet');
      expect(await careful.send(url, {}, BODY)).toMatchObject({ kind: 'failed' });
    }
    expect(receiver.received).toEqual([]);
    careful.close();
  });

  it.each(['ftp://a/', 'nonsense', 'http://user:secret@a/', 'http://user@a/'])('is not sent to %s', (url) => {
    expect(sender.refusalOf(url)).toBeTypeOf('string');
  });
});

describe('an address of the public internet', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '192.167.1.1', '2a00:1450:4001:80f::200e'])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'none',
  ])('is not %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});
