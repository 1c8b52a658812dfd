import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Listener, startListener } from '../../../src/adapters/listener/listener.ts';

let listener: Listener | undefined;

afterEach(async () => {
  await listener?.close(0);
  listener = undefined;
});

/** What the handler reads of a request from 127.0.0.1 with these lines in its head: address, protocol, host. */
async function seenOf(trustedProxies: readonly string[], ...lines: readonly string[]): Promise<string> {
  await listener?.close(0);
  listener = await startListener({
    host: '127.0.0.1',
    port: 0,
    trustedProxies,
    log: { info: () => {}, error: () => {} },
    handler: ({ headers }, response) => {
      const { 'x-forwarded-for': address, 'x-forwarded-proto': protocol, 'x-forwarded-host': host } = headers;
      response.end([address, protocol, ...(host === undefined ? [] : [host])].join(' '));
    },
  });
  const socket = connect(listener.port, '127.0.0.1');
  let received = '';
  socket.on('data', (data: Buffer) => {
    received += data.toString();
  });
  socket.write(['GET / HTTP/1.1', 'Host: x', 'Connection: close', ...lines, '', ''].join('\r\n'));
  await once(socket, 'close');
  return received.slice(received.indexOf('\r\n\r\n') + 4);
}

describe('X-Forwarded-For and -Proto', () => {
  const forged = ['X-Forwarded-For: 203.0.113.9', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: evil.example'];

  it('are ignored when no proxy is trusted', async () => {
    expect(await seenOf([], ...forged)).toBe('127.0.0.1 http');
  });

  it('are ignored when they come from somebody else than the trusted proxy', async () => {
    expect(await seenOf(['10.0.0.0/8', '::1'], ...forged)).toBe('127.0.0.1 http');
  });

  it.each([[['127.0.0.1']], [['127.0.0.0/8']], [['10.0.0.0/8', '127.0.0.1', '::1']]])(
    'are believed behind %j',
    async (trusted) => {
      expect(await seenOf(trusted, ...forged)).toBe('203.0.113.9 https');
    },
  );

  it('are believed as far back as trusted proxies vouch, and not what a client put before', async () => {
    const chain = 'X-Forwarded-For: 1.1.1.1, 203.0.113.9, 10.0.0.7';
    expect(await seenOf(['127.0.0.1'], chain)).toBe('10.0.0.7 http');
    expect(await seenOf(['127.0.0.1', '10.0.0.0/8'], chain)).toBe('203.0.113.9 http');
    expect(await seenOf(['127.0.0.1', '10.0.0.0/8'], 'X-Forwarded-For: 1.1.1.1', 'X-Forwarded-For: 10.0.0.7')).toBe(
      '1.1.1.1 http',
    );
  });

  it('say the protocol of the hop that the client came over', async () => {
    const trusted = ['127.0.0.1', '10.0.0.0/8'];
    const chain = 'X-Forwarded-For: 203.0.113.9, 10.0.0.7';
    expect(await seenOf(trusted, chain, 'X-Forwarded-Proto: https, http')).toBe('203.0.113.9 https');
    expect(await seenOf(trusted, chain, 'X-Forwarded-Proto: http, https, http')).toBe('203.0.113.9 https');
    expect(await seenOf(trusted, chain, 'X-Forwarded-Proto: https')).toBe('203.0.113.9 https');
    expect(await seenOf(trusted, chain, 'X-Forwarded-Proto: gopher')).toBe('203.0.113.9 http');
  });

  it.each([
    ['203.0.113.9:51000', '203.0.113.9'],
    ['[2001:db8::9]:443', '2001:db8::9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['fe80::1%eth0', 'fe80::1'],
    ['unknown', '127.0.0.1'],
    ['203.0.113.9, _hidden', '127.0.0.1'],
    ['<script>', '127.0.0.1'],
    [',,,', '127.0.0.1'],
    ['', '127.0.0.1'],
  ])('%j means the address %s', async (header, address) => {
    expect(await seenOf(['127.0.0.1'], `X-Forwarded-For: ${header}`)).toBe(`${address} http`);
  });

  it('stop the start when a trusted proxy is no address', async () => {
    const options = { host: '127.0.0.1', port: 0, log: { info: () => {}, error: () => {} }, handler: () => {} };
    await expect(startListener({ ...options, trustedProxies: ['proxy.example'] })).rejects.toThrow();
  });
});
