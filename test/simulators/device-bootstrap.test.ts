import { describe, expect, it } from 'vitest';
import { buildBootstrapDocument } from '../../src/provisioning/bootstrap-document.ts';
import { buildCpBootstrap } from '../../src/provisioning/cp/cp-bootstrap.ts';
import type { BootstrapAccount } from '../../src/provisioning/dm-account.ts';
import { type BootstrapTrust, readBootstrap } from '../../src/simulators/device/bootstrap-reader.ts';
import { describeEvent } from '../../src/simulators/device/report.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { type BootstrapMedia, bootstrapPush, type PushSecurity } from '../../src/wire/wap/push-mac.ts';
import { segmentSms } from '../../src/wire/wap/segment.ts';
import { decodeWspPush, encodeWspPush, type WspPush } from '../../src/wire/wap/wsp-push.ts';

const IMSI = '244051234567890';
const account: BootstrapAccount = {
  version: '1.1',
  serverId: 'omadm',
  address: 'http://127.0.0.1:1/dm',
  auth: 'md5',
  client: { username: 'phone', password: 'p<w&1', nonce: Uint8Array.of(1, 2) },
  server: { password: 's3cret', nonce: Uint8Array.of(0, 255) },
};

const push = (document: Uint8Array, media: BootstrapMedia, security: PushSecurity = 'netwPin'): WspPush =>
  decodeWspPush(encodeWspPush(bootstrapPush(1, media, security, { imsi: IMSI, userPin: '1234' }, document)));
const cp = (change: Partial<BootstrapAccount> = {}, init = true) =>
  push(buildCpBootstrap({ ...account, ...change }, { init }).wbxml, 'connectivityWbxml');

function smsOf(message: WspPush): readonly { readonly udh: Uint8Array; readonly body: Uint8Array }[] {
  return segmentSms(encodeWspPush(message), { destinationPort: 2948, sourcePort: 49_154, reference: 9 });
}

function unbootstrapped(trust: BootstrapTrust = { imsi: IMSI }, dmVersion: '1.1' | '1.2' = '1.1'): VirtualDevice {
  return new VirtualDevice({ deviceId: 'IMEI:1', bootstrap: trust, retries: { limit: 0 }, dmVersion });
}

describe('the virtual device', () => {
  const received = {
    serverId: 'omadm',
    address: 'http://127.0.0.1:1/dm',
    auth: 'md5',
    client: account.client,
    server: account.server,
    opensSession: true,
  };

  it('reads the same account from a CP document and from a DM message of either version', () => {
    expect(readBootstrap(cp(), { imsi: IMSI })).toEqual(received);
    for (const version of ['1.1', '1.2'] as const) {
      for (const form of version === '1.1' ? (['commands'] as const) : (['commands', 'inbox'] as const)) {
        const { wbxml } = buildBootstrapDocument({ ...account, version }, { form });
        expect(readBootstrap(push(wbxml, 'syncmlDmWbxml'), { imsi: IMSI })).toEqual(received);
      }
    }
  });

  it('keeps the account in its tree, with the rights of the server on it in 1.2, and replaces it by the next one', () => {
    const device = unbootstrapped({ imsi: IMSI }, '1.2');
    const hand = (of: WspPush) => smsOf(of).map(({ udh, body }) => device.onPush(udh, body).kind);
    const first = hand(cp({}, false));
    expect(first).toEqual([...first.slice(1).map(() => 'waiting'), 'bootstrap']);
    return device.whenIdle().then(async () => {
      expect(device.isBootstrapped).toBe(true);
      expect(device.tree.valueOf('./DMAcc/omadm/AppAuth/CLCRED/AAuthName')).toBe('phone');
      expect(device.tree.get('./DMAcc/omadm?prop=ACL')).toMatchObject({
        value: 'Get=omadm&Replace=omadm&Delete=omadm',
      });
      hand(cp({ client: { username: 'other', password: 'x' } }, false));
      await device.whenIdle();
      expect(device.tree.valueOf('./DMAcc/omadm/AppAuth/CLCRED/AAuthName')).toBe('other');
      expect(device.tree.get('./DMAcc/omadm/AppAuth/CLCRED/AAuthData')).toBe(404);
    });
  });

  it.each<[string, WspPush, BootstrapTrust, RegExp]>([
    ['with another IMSI', cp(), { imsi: '244051234567891' }, /MAC of a bootstrap is wrong/],
    ['whose IMSI it does not know', cp(), { pin: '1234' }, /cannot be verified/],
    ['without a MAC', { ...cp(), contentType: { media: 0x36, parameters: [] } }, { imsi: IMSI }, /without a MAC/],
    ['that was changed on the way', { ...cp(), body: cp({ serverId: 'evil' }).body }, { imsi: IMSI }, /wrong/],
    [
      'without an account',
      push(Buffer.from('030b6a0045c65501870706034e00010101', 'hex'), 'connectivityWbxml'),
      { imsi: IMSI },
      /no DM account/,
    ],
    ['that cannot be read', push(Uint8Array.of(3, 0), 'connectivityWbxml'), { imsi: IMSI }, /cannot be read/],
    [
      'of a SEC nobody knows',
      { ...cp(), contentType: { media: 0x36, parameters: [{ name: 0x11, value: 9 }] } },
      { imsi: IMSI },
      /SEC 9/,
    ],
  ])('ignores a bootstrap %s', async (_, message, trust, reason) => {
    const device = unbootstrapped(trust);
    const outcome = smsOf(message)
      .map(({ udh, body }) => device.onPush(udh, body))
      .at(-1);
    expect(outcome).toEqual({ kind: 'ignored', reason: expect.stringMatching(reason) });
    await device.whenIdle();
    expect(device.isBootstrapped).toBe(false);
  });

  it('takes none at all when it has not been told how they are proven', () => {
    const client = { username: 'u', password: 'p' };
    const device = new VirtualDevice({
      deviceId: 'IMEI:1',
      serverUrl: 'http://a',
      client,
      server: { id: 's', password: 'p' },
    });
    const outcome = smsOf(cp())
      .map(({ udh, body }) => device.onPush(udh, body))
      .at(-1);
    expect(outcome).toEqual({ kind: 'ignored', reason: 'a push of content type 0x36' });
  });

  it('says in words what came, without its secrets', () => {
    const outcome = { kind: 'bootstrap', account: { ...received, auth: 'md5' } } as const;
    const [line] = describeEvent({ kind: 'push', outcome }, true);
    expect(line).toBe('push: an account with omadm at http://127.0.0.1:1/dm, credentials by md5');
  });
});
