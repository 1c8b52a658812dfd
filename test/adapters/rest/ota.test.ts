import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyBootstrapMac } from '../../../src/wire/wap/push-mac.ts';
import { decodeWspPush, WSP_PARAMETER } from '../../../src/wire/wap/wsp-push.ts';
import { CERTIFICATE, CERTIFICATE_SHA1 } from '../../provisioning/ota-samples.ts';
import { PUSH_SAMPLES } from '../../provisioning/push-samples.ts';
import { DEVICE, PLAIN_XML, RestHarness } from './rest-harness.ts';

const SETTINGS = { name: 'Operator', connection: { type: 'packet', apn: 'internet.op.test' } };
const TEMPLATE = `<wap-provisioningdoc><characteristic type="NAPDEF">
  <parm name="NAPID" value="n"/><parm name="NAME" value="{{imei}}"/><parm name="BEARER" value="GSM-GPRS"/>
  <parm name="NAP-ADDRESS" value="{{apn}}"/><parm name="NAP-ADDRTYPE" value="APN"/>
</characteristic></wap-provisioningdoc>`;
const NUMBER = '+491701234567';
const IMSI = '262011234567890';

let api: RestHarness;
beforeEach(async () => {
  api = await new RestHarness().start();
});
afterEach(() => api.stop());

const send = (order: object) => api.post('/api/v1/ota', { settings: SETTINGS, recipients: NUMBER, ...order });
const pushes = () => api.ota.sends.flatMap(({ recipients }) => recipients.flatMap(({ push }) => push ?? []));
const pdus = () => pushes().map(({ payload }) => decodeWspPush(payload));

describe('POST /api/v1/ota/preview', () => {
  it('shows settings as XML and WBXML, with the number of short messages', async () => {
    const { status, json } = await api.post('/api/v1/ota/preview', { settings: SETTINGS });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      documentKind: 'provisioning',
      contentType: 'application/vnd.wap.connectivity-wbxml',
      port: 2948,
      parts: 1,
      missingVariables: [],
    });
    expect(json.xml).toContain('<parm name="NAP-ADDRESS" value="internet.op.test"/>');
    expect(json.wbxmlHex).toMatch(/^030b6a00/);
  });

  it('counts the MAC, whatever the PIN will be', async () => {
    const name = 'n'.repeat(10);
    const plain = await api.post('/api/v1/ota/preview', { settings: { ...SETTINGS, name } });
    const secured = await api.post('/api/v1/ota/preview', {
      settings: { ...SETTINGS, name },
      security: { type: 'USERNETWPIN' },
    });
    expect([plain.json.parts, secured.json.parts]).toEqual([1, 2]);
  });

  it.each(Object.entries(PUSH_SAMPLES))(
    'recognises a document of kind %s by its root element',
    async (kind, document) => {
      const { status, json } = await api.post('/api/v1/ota/preview', { document });
      expect([status, json.documentKind]).toEqual([200, kind]);
      if (kind === 'roapTrigger') expect(json).not.toHaveProperty('wbxmlHex');
      const answer = await send({ settings: undefined, document });
      expect(answer.status).toBe(202);
      expect(Buffer.from(pdus()[0]?.body ?? []).toString('hex')).toBe(
        json.wbxmlHex ?? Buffer.from(document).toString('hex'),
      );
    },
  );

  it('leaves variables without a value as they stand, and names them', async () => {
    const { json } = await api.post('/api/v1/ota/preview', { document: TEMPLATE, variables: { apn: 'a.example' } });
    expect(json.missingVariables).toEqual(['imei']);
    expect(json.xml).toContain('value="{{imei}}"');
    expect(json.xml).toContain('value="a.example"');
  });

  it('takes settings literally: braces mean nothing in them', async () => {
    const { json } = await api.post('/api/v1/ota/preview', { settings: { ...SETTINGS, name: '{{imei}} {{' } });
    expect(json.xml).toContain('value="{{imei}} {{"');
  });

  it('shows a stored package of kind cp or push, and none of kind dm', async () => {
    const kinds = [];
    for (const [name, xml] of [
      ['cp', TEMPLATE],
      ['push', PUSH_SAMPLES.serviceIndication],
      ['dm', PLAIN_XML],
    ] as const) {
      const { json } = await api.upload(name, xml);
      expect(json.kind).toBe(name);
      kinds.push(await api.post('/api/v1/ota/preview', { packageId: json.id }));
    }
    expect(kinds.map(({ status, json }) => [status, json.documentKind ?? json.code])).toEqual([
      [200, 'provisioning'],
      [200, 'serviceIndication'],
      [422, 'package-kind-unsuitable'],
    ]);
  });
});

describe('the documents that ship', () => {
  const folder = new URL('../../../provisioning-xml/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.startsWith('ota-'));

  it.each(names)('%s is stored, and sent with values for its variables', async (name) => {
    const { json: stored } = await api.upload(name, readFileSync(new URL(name, folder)));
    const preview = await api.post('/api/v1/ota/preview', { packageId: stored.id });
    expect([preview.status, preview.json.missingVariables]).toEqual([200, stored.variables]);
    const needed = stored.variables.filter((variable: string) => !['msisdn', 'serverId'].includes(variable));
    const variables = Object.fromEntries(needed.map((variable: string) => [variable, valueFor(variable)]));
    const { status, json } = await send({ settings: undefined, packageId: stored.id, variables });
    expect([status, json.recipients?.[0]?.refused, json.detail]).toEqual([202, undefined, undefined]);
    const body = Buffer.from(pdus()[0]?.body ?? []).toString('latin1');
    expect(body).not.toContain('{{');
  });

  function valueFor(variable: string): string {
    if (variable === 'root-certificate') return CERTIFICATE;
    if (variable === 'root-sha1') return CERTIFICATE_SHA1;
    if (/nonce/i.test(variable)) return 'bm9uY2U=';
    if (/port/i.test(variable)) return '9201';
    if (/gateway|address|proxy/i.test(variable)) return '10.1.1.1';
    return /url|page|server|mmsc/i.test(variable) ? 'http://a.example/' : 'a.example';
  }
});

describe('POST /api/v1/ota', () => {
  it('sends settings to one number and says which push it is', async () => {
    const { status, json, headers } = await send({});
    expect(status).toBe(202);
    const [push] = pushes();
    expect(json.recipients).toEqual([{ recipient: NUMBER, pushId: push?.pushId, parts: 1 }]);
    expect(push).toMatchObject({ destination: NUMBER });
    expect(headers.get('Location')).toBe(`/api/v1/ota/${json.id}`);
    expect(json.manual).toBe(`/api/v1/ota/${json.id}/manual`);
    expect(api.ota.sends[0]).toMatchObject({ destinationPort: 2948, sourcePort: 2948, priority: 5, security: 'none' });
  });

  it('sends what it has checked with nothing wrong, and says what is wrong with the others', async () => {
    await api.post('/api/v1/devices', DEVICE);
    const { status, json } = await send({
      recipients: [
        NUMBER,
        'not a number',
        { msisdn: '+4366412345', imsi: '12' },
        { msisdn: '+4366412346', imsi: IMSI },
        { deviceId: 'IMEI:unknown' },
        '+49 170 1234567',
        '+4366412347',
        {},
      ],
      security: { type: 'NETWPIN' },
    });
    expect(status).toBe(202);
    expect(json.recipients.map(({ recipient, refused }: Record<string, string>) => [recipient, refused])).toEqual([
      [NUMBER, undefined],
      ['not a number', 'not a phone number in international format: 3 to 15 digits, a + in front at most'],
      ['+4366412345', 'the IMSI is not 6 to 15 digits'],
      ['+4366412346', undefined],
      ['IMEI:unknown', 'no device is registered under that id'],
      ['+49 170 1234567', 'the number is in the list already'],
      ['+4366412347', 'NETWPIN needs an IMSI, and none is known'],
      ['', 'neither a number nor a deviceId'],
    ]);
    expect(pushes().map(({ destination, deviceId }) => [destination, deviceId])).toEqual([
      [NUMBER, DEVICE.deviceId],
      ['+4366412346', undefined],
    ]);
    expect(api.ota.sends[0]?.priority).toBe(2);
  });

  it.each<[string, object, string]>([
    ['a USERPIN without a PIN', { type: 'USERPIN' }, 'USERPIN needs a PIN'],
    ['a PIN that is none', { type: 'USERPIN', pin: '12a4' }, 'the PIN is not 1 to 20 digits'],
    ['a USERPINMAC without a PIN', { type: 'USERPINMAC' }, 'USERPINMAC needs a PIN'],
    ['a NETWPIN without an IMSI', { type: 'NETWPIN' }, 'NETWPIN needs an IMSI, and none is known'],
    [
      'a USERNETWPIN without an IMSI',
      { type: 'USERNETWPIN', pin: '1234' },
      'USERNETWPIN needs an IMSI, and none is known',
    ],
    ['a USERNETWPIN with a bad IMSI', { type: 'USERNETWPIN', pin: '26x:1234' }, 'the IMSI is not 6 to 15 digits'],
    ['a USERNETWPIN with a bad PIN', { type: 'USERNETWPIN', pin: `${IMSI}:` }, 'the PIN is not 1 to 20 digits'],
  ])('goes to nobody, 422, with %s', async (_, security, reason) => {
    const { status, json } = await send({ security });
    expect([status, json.code]).toEqual([422, 'ota-nobody']);
    expect(json.recipients).toEqual([{ recipient: NUMBER, refused: reason }]);
    expect(api.ota.sends).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['another IMSI than the record', { imsi: '262019999999999' }, 'two IMSIs are known, and they are not the same'],
    ['another IMSI than in its PIN', { pin: '262019999999999:1' }, 'two IMSIs are known, and they are not the same'],
    ['another number than the record', { msisdn: '+4366412345' }, "the device's record has another msisdn"],
  ])('refuses a device with %s', async (_, more, reason) => {
    await api.post('/api/v1/devices', DEVICE);
    const { json } = await send({
      recipients: [
        { deviceId: DEVICE.deviceId, ...more },
        { msisdn: '+4366400000', imsi: IMSI },
      ],
      security: { type: 'USERNETWPIN', pin: '1234' },
    });
    expect(json.recipients[0]).toEqual({ recipient: DEVICE.deviceId, refused: reason });
  });

  it.each<[string, object, string, string]>([
    ['USERPIN', { pin: '1234' }, '1', '31323334'],
    ['NETWPIN', { imsi: '262011234567890' }, '0', '2926102143658709'],
    ['USERNETWPIN', { pin: '262011234567890:1234' }, '2', '292610214365870931323334'],
  ])('signs with %s', async (type, secret, sec, key) => {
    await send({ recipients: [{ msisdn: NUMBER, ...secret }], security: { type } });
    const [push] = pdus();
    const parameter = (name: number) => push?.contentType.parameters.find((one) => one.name === name)?.value;
    expect(String(parameter(WSP_PARAMETER.sec))).toBe(sec);
    const mac = String(parameter(WSP_PARAMETER.mac));
    expect(verifyBootstrapMac(mac, Buffer.from(key, 'hex'), push?.body ?? new Uint8Array())).toBe(true);
  });

  it('tells with USERPINMAC what the user types after the PIN, and puts no MAC into the push', async () => {
    const { json } = await send({ security: { type: 'USERPINMAC', pin: '1234' } });
    expect(json.recipients[0].pinSuffix).toMatch(/^\d{4}$/);
    expect(pdus()[0]?.contentType.parameters).toEqual([{ name: WSP_PARAMETER.sec, value: 3 }]);
  });

  it('fills the variables of a package by record, by list and for all', async () => {
    await api.post('/api/v1/devices', DEVICE);
    const { json: stored } = await api.upload('template', TEMPLATE);
    const { status, json } = await api.post('/api/v1/ota', {
      packageId: stored.id,
      variables: { apn: 'all.example' },
      recipients: `deviceId,msisdn,imei,apn\n${DEVICE.deviceId},,,\n,+4366412345,99,own.example\n,+4366412346,,\n`,
    });
    expect(status).toBe(202);
    expect(json.recipients[2]).toEqual({
      recipient: '+4366412346',
      refused: 'the document needs a value for {{imei}}',
    });
    const bodies = pdus().map(({ body }) => Buffer.from(body).toString('latin1'));
    expect(bodies[0]).toContain('493005100592800');
    expect(bodies[0]).toContain('all.example');
    expect(bodies[1]).toContain('own.example');
  });

  it('finds the values of a bare number in the record of the one device that has it', async () => {
    await api.post('/api/v1/devices', DEVICE);
    const order = { settings: undefined, document: TEMPLATE, variables: { apn: 'a.example' } };
    expect((await send({ ...order, recipients: NUMBER.slice(1) })).status).toBe(202);
    expect(Buffer.from(pdus()[0]?.body ?? []).toString('latin1')).toContain('493005100592800');
    await api.post('/api/v1/devices', { ...DEVICE, deviceId: 'IMEI:2' });
    expect((await send(order)).json.recipients[0].refused).toBe('the document needs a value for {{imei}}');
  });

  it.each<[string, object, number, string]>([
    ['no document at all', { settings: undefined }, 400, '/'],
    ['two documents', { document: PUSH_SAMPLES.serviceLoading }, 400, '/'],
    ['no recipient', { recipients: ' , ' }, 400, '/recipients'],
    ['an empty list', { recipients: [] }, 400, '/recipients'],
    ['broken CSV', { recipients: 'msisdn\n"1' }, 400, '/recipients'],
    ['too many recipients', { recipients: Array.from({ length: 10_001 }, () => '1') }, 400, '/recipients'],
    ['a bad recipient', { recipients: [7] }, 400, '/recipients/0'],
    ['a security nobody knows', { security: { type: 'PIN' } }, 400, '/security/type'],
    ['a PIN for none', { security: { type: 'none', pin: '1' } }, 400, '/security/pin'],
    ['a PIN for NETWPIN', { security: { type: 'NETWPIN', pin: '1' } }, 400, '/security/pin'],
    ['a bad APN', { settings: { connection: { type: 'packet', apn: '!' } } }, 400, '/settings/connection/apn'],
    ['a bad priority', { priority: 10 }, 400, '/priority'],
  ])('refuses %s and says where', async (_, order, status, pointer) => {
    const answer = await send(order);
    expect([answer.status, answer.json.code]).toEqual([status, 'request-invalid']);
    expect(answer.json.errors.map((fault: { pointer: string }) => fault.pointer || '/')).toContain(pointer);
    expect(api.ota.sends).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['XML that is not well formed', { document: '<si>' }, 'package-faulty'],
    [
      'a document with half of a surrogate pair',
      { document: '<sl href="http://a.example/\ud800"/>' },
      'package-faulty',
    ],
    ['a kind unknown, by name', { document: '<colour/>' }, 'package-faulty'],
    ['a document against its rules', { document: '<sl/>' }, 'package-faulty'],
    ['a package nobody knows', { packageId: '01980000-0000-7000-8000-00000000ffff' }, 'package-unknown'],
    [
      'a PIN for a document that has none',
      { document: PUSH_SAMPLES.emailNotification, security: { type: 'USERPIN', pin: '1' } },
      'security-unsuitable',
    ],
    [
      'a variable the document does not have',
      { document: TEMPLATE, variables: { colour: 'red' } },
      'variables-unknown',
    ],
    [
      'a column the document does not have',
      { document: TEMPLATE, recipients: 'msisdn,colour\n1234,red' },
      'variables-unknown',
    ],
    ['an expiry in the past', { settings: SETTINGS, expiresAt: '2020-01-01T00:00:00Z' }, 'expiry-past'],
  ])('refuses %s', async (_, order, code) => {
    const { json, status } = await send({ settings: undefined, ...order });
    expect([status >= 400 && status < 500, json.code]).toEqual([true, code]);
    if (code === 'package-faulty') expect(json.faults[0]).toMatchObject({ line: 1, reason: expect.any(String) });
    expect(api.ota.sends).toEqual([]);
  });

  it('names the kind that is not known', async () => {
    const { json } = await send({ settings: undefined, document: '<colour/>' });
    expect(json.faults[0].reason).toContain('"colour"');
  });

  it('refuses what would take more than 255 short messages', async () => {
    const item = `<item class="c">${'x'.repeat(1_000)}</item>`;
    const document = `<si><indication href="http://a.example/">x</indication><info>${item.repeat(33)}</info></si>`;
    const preview = await api.post('/api/v1/ota/preview', { document });
    expect([preview.status, preview.json.code]).toEqual([422, 'push-too-large']);
    const { status, json } = await send({ settings: undefined, document });
    expect([status, json.code]).toEqual([422, 'ota-nobody']);
    expect(json.recipients[0].refused).toContain('255 are possible');
  });

  it('refuses one recipient for values that break the document, and one that the record contradicts', async () => {
    await api.post('/api/v1/devices', DEVICE);
    const { json } = await send({
      settings: undefined,
      document: TEMPLATE,
      recipients: [
        { msisdn: '1234', variables: { imei: '1', apn: 'good.example' } },
        { msisdn: '1235', variables: { imei: '1', apn: 'a\nb' } },
        { deviceId: DEVICE.deviceId, variables: { imei: '1', apn: 'good.example' } },
      ],
    });
    const reasons = json.recipients.map(({ refused }: { refused?: string }) => refused);
    expect(reasons[0]).toBeUndefined();
    expect(reasons[1]).toContain('{{apn}} has a character');
    expect(reasons[2]).toBe("the device's record has another value for {{imei}}");
  });

  it('is carried out once for each Idempotency-Key', async () => {
    const order = { settings: SETTINGS, recipients: NUMBER };
    const keyed = { headers: { 'Idempotency-Key': 'k1' } };
    const [first, second] = [await api.post('/api/v1/ota', order, keyed), await api.post('/api/v1/ota', order, keyed)];
    expect([second.status, second.json]).toEqual([202, first.json]);
    expect(api.ota.sends).toHaveLength(1);
  });

  it('neither says nor logs a PIN or an IMSI', async () => {
    const recipients = [
      { msisdn: NUMBER, imsi: IMSI, pin: '98761234' },
      { msisdn: '+4366412345', pin: '262017777777777:98761234' },
      { msisdn: 'bad', imsi: '262018888888888', pin: '98761234' },
      { msisdn: '+4366412346', imsi: '262018888888888', pin: '98761234x' },
    ];
    await send({ recipients, security: { type: 'USERNETWPIN' } });
    await send({ recipients: recipients.slice(2), security: { type: 'USERNETWPIN', pin: '98761234' } });
    await api.get('/api/v1/ota');
    for (const text of [...api.log, ...api.said]) expect(text).not.toMatch(/98761234|26201(?:123|777|888)/);
    const kept = JSON.stringify(api.ota.sends, (key, value) => (key === 'payload' ? undefined : value));
    expect(kept).not.toMatch(/98761234|26201/);
  });
});

describe('what was sent', () => {
  it('is read recipient by recipient, a page at a time', async () => {
    const { json } = await send({ recipients: '1231,1232,x,1234,1235' });
    const first = await api.get(`/api/v1/ota/${json.id}?limit=3`);
    expect(first.json).toMatchObject({
      id: json.id,
      source: 'settings',
      documentKind: 'provisioning',
      recipientCount: 5,
      refusedCount: 1,
      states: { queued: 4 },
    });
    const second = await api.get(`/api/v1/ota/${json.id}?limit=3&cursor=${first.json.nextCursor}`);
    const rows = [...first.json.recipients, ...second.json.recipients];
    expect(rows.map(({ recipient, state }) => [recipient, state])).toEqual([
      ['1231', 'queued'],
      ['1232', 'queued'],
      ['x', undefined],
      ['1234', 'queued'],
      ['1235', 'queued'],
    ]);
    expect(second.json.nextCursor).toBeUndefined();
  });

  it('is listed, newest first', async () => {
    await send({});
    await send({ settings: undefined, document: PUSH_SAMPLES.serviceLoading });
    const { json } = await api.get('/api/v1/ota');
    expect(json.items.map(({ documentKind }: { documentKind: string }) => documentKind)).toEqual([
      'serviceLoading',
      'provisioning',
    ]);
  });

  it('is told as text for a human to type in, when it was settings', async () => {
    const { json } = await send({});
    const stored = await api.get(`/api/v1/ota/${json.id}/manual`);
    const fresh = await api.post('/api/v1/ota/manual', { settings: SETTINGS });
    expect(stored.text).toContain('Access point name (APN): internet.op.test');
    expect(fresh.text).toBe(stored.text);
    expect(stored.headers.get('Content-Type')).toContain('text/plain');
    expect(stored.headers.get('Cache-Control')).toBe('no-store');
    const document = await send({ settings: undefined, document: PUSH_SAMPLES.provisioning });
    const none = await api.get(`/api/v1/ota/${document.json.id}/manual`);
    expect([none.status, none.json.code]).toEqual([409, 'manual-impossible']);
  });

  it.each(['01980000-0000-7000-8000-00000000ffff', 'x', 'preview'])('is not there under %s', async (id) => {
    for (const path of [`/api/v1/ota/${id}`, `/api/v1/ota/${id}/manual`]) {
      expect((await api.get(path)).json.code).toBe('ota-unknown');
    }
  });
});
