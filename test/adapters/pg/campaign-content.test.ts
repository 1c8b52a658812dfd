import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PackageCommand } from '../../../src/provisioning/package-command.ts';
import { decodePushDocument, showPushDocument } from '../../../src/provisioning/push/push-document.ts';
import type { CampaignContent } from '../../../src/services/ports/campaign-store.ts';
import { openVariables } from '../../../src/services/sealing.ts';
import { decodeWspPush } from '../../../src/wire/wap/wsp-push.ts';
import { newPackage } from '../../contract/stores-harness.ts';
import { CampaignHarness } from './campaign-harness.ts';

let h: CampaignHarness;
beforeAll(async () => {
  h = await CampaignHarness.open();
});
beforeEach(() => h.empty());
afterAll(() => h.close());

const COMMANDS: readonly PackageCommand[] = [
  { name: 'Replace', line: 1, items: [{ target: { uri: './Vendor/Apn' }, data: '{{apn}} of {{imei}}' }] },
];

async function withApn(): Promise<CampaignContent> {
  const { stores } = h.database;
  const made = await stores.packages.createRevision(
    newPackage(stores, { variables: ['apn', 'imei'], commands: COMMANDS, commandCount: 1 }),
  );
  return { kind: 'package', packageId: made.id, onFailure: 'stop', uiMode: 2 };
}

async function document(xml: string): Promise<string> {
  const { stores } = h.database;
  const octets = new TextEncoder().encode(xml);
  const made = await stores.packages.createRevision(
    newPackage(stores, { kind: 'cp', variables: [], commands: [], commandCount: 0, xml: octets }),
  );
  return made.id;
}

const CP = (address: string): string =>
  '<wap-provisioningdoc><characteristic type="NAPDEF"><parm name="NAPID" value="one"/><parm name="NAME" value="one"/>' +
  `<parm name="BEARER" value="GSM-GPRS"/><parm name="NAP-ADDRESS" value="${address}"/>` +
  '<parm name="NAP-ADDRTYPE" value="APN"/></characteristic></wap-provisioningdoc>';

/** By deviceId. */
async function variables(): Promise<Record<string, unknown>> {
  const { rows } = await h.pool.query<{ device_id: string; variables: Buffer | null }>(
    'SELECT d.device_id, v.variables FROM delivery v JOIN device d ON d.id = v.device_id ORDER BY 1',
  );
  return Object.fromEntries(rows.map((row) => [row.device_id, openVariables(h.box, row.variables)]));
}

async function payloads(): Promise<Record<string, string>> {
  const { rows } = await h.pool.query<{ destination: string; payload: Buffer }>(
    'SELECT destination, payload FROM push ORDER BY 1',
  );
  return Object.fromEntries(
    rows.map(({ destination, payload }) => {
      const { body } = decodeWspPush(h.box.open(payload));
      return [destination, showPushDocument(decodePushDocument('provisioning', body))];
    }),
  );
}

const reasons = async (id: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await h.campaigns.targets(id, {}, { limit: 100 })).items.map(({ deviceId, state, reason }) => [
      deviceId,
      `${state} ${reason ?? ''}`.trim(),
    ]),
  );

describe('what a campaign sends', () => {
  it('takes variables of a list before those of attributes, and those before the common ones', async () => {
    await h.devices(4);
    await h.pool.query(`UPDATE device SET attributes = '{"homeApn": "attribute"}' WHERE device_id <> 'IMEI:000003'`);
    const definition = {
      content: await withApn(),
      audience: { kind: 'list' },
      deviceVariables: { apn: 'homeApn' },
    } as const;
    const members = [
      { deviceId: 'IMEI:000000', variables: { apn: 'list', other: 'nobody asks' } },
      { deviceId: 'IMEI:000001' },
      { deviceId: 'IMEI:000003' },
      { deviceId: 'IMEI:unknown' },
    ];
    const id = await h.started({ definition, members, secrets: { variables: { apn: 'common' } } });
    await h.tick();
    expect(await reasons(id)).toEqual({
      'IMEI:000000': 'triggered',
      'IMEI:000001': 'triggered',
      'IMEI:000003': 'triggered',
    });
    expect(await variables()).toEqual({
      'IMEI:000000': { apn: 'list' },
      'IMEI:000001': { apn: 'attribute' },
      'IMEI:000003': { apn: 'common' },
    });
  });

  it('fails a target before it is woken when a variable is missing', async () => {
    await h.devices(2);
    await h.pool.query(`UPDATE device SET attributes = '{"homeApn": "a"}' WHERE device_id = 'IMEI:000000'`);
    const id = await h.started({ definition: { content: await withApn(), deviceVariables: { apn: 'homeApn' } } });
    await h.tick();
    expect(await reasons(id)).toEqual({ 'IMEI:000000': 'triggered', 'IMEI:000001': 'failed variable-missing' });
    expect((await h.campaigns.failures(id, { limit: 5 })).items).toMatchObject([
      { reason: 'variable-missing', devices: 1 },
    ]);
  });

  it('asks for a tree, and the answers become the report', async () => {
    await h.devices(2);
    const content = { kind: 'discovery', root: './DevDetail', uiMode: 1 } as const;
    const id = await h.started({ definition: { content } });
    await h.tick();
    const { rows } = await h.pool.query('SELECT kind, plan FROM delivery');
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ kind: 'discovery', plan: { kind: 'discovery', root: './DevDetail' } });
    await h.end(id, 'succeeded', { limit: 1 });
    await h.pool.query(
      `INSERT INTO node_value (device_id, loc_uri, value, format, at)
      SELECT id, uri, '1.0', 'chr', now() FROM device, unnest(ARRAY['./DevDetail/FwV', './DevDetailing', './Other']) AS uri`,
    );
    const lines = [];
    for await (const portion of h.campaigns.answers(id, './DevDetail')) lines.push(...portion);
    const [answered] = (await h.campaigns.targets(id, { state: 'succeeded' }, { limit: 1 })).items;
    expect(lines).toMatchObject([{ deviceId: answered?.deviceId, locUri: './DevDetail/FwV', value: '1.0' }]);
  });

  it('pushes the same document to all, and leaves out who has no number', async () => {
    await h.devices(3);
    await h.pool.query(`UPDATE device SET msisdn = NULL WHERE device_id = 'IMEI:000002'`);
    const content = {
      kind: 'push',
      packageId: await document(CP('internet.example')),
      security: 'none',
      successAt: 'delivered',
    } as const;
    const id = await h.started({ definition: { content } });
    await h.tick();
    expect(await reasons(id)).toEqual({
      'IMEI:000000': 'triggered',
      'IMEI:000001': 'triggered',
      'IMEI:000002': 'skipped no-msisdn',
    });
    const sent = await payloads();
    expect(Object.keys(sent)).toEqual(['+491700000000', '+491700000001']);
    expect(sent['+491700000000']).toContain('internet.example');
    await h.push(id, 'sent');
    expect(await h.counts(id)).toEqual({ triggered: 2, skipped: 1 });
    await h.push(id, 'delivered', 1);
    await h.tick(3_600_000);
    await h.tick();
    expect(await h.counts(id)).toEqual({ succeeded: 1, expired: 1, skipped: 1 });
    expect(await h.state(id)).toBe('completed');
  });

  it('pushes to each its own where the document has variables or the key is the IMSI', async () => {
    await h.devices(2);
    await h.pool.query(`UPDATE device SET imsi = '262011234567890' WHERE device_id = 'IMEI:000000'`);
    const content = {
      kind: 'push',
      packageId: await document(CP('{{msisdn}}')),
      security: 'NETWPIN',
      successAt: 'sent',
    } as const;
    const id = await h.started({ definition: { content } });
    await h.tick();
    expect(await reasons(id)).toEqual({ 'IMEI:000000': 'triggered', 'IMEI:000001': 'failed document-unsuitable' });
    expect((await payloads())['+491700000000']).toContain('+491700000000');
    await h.push(id, 'sent');
    await h.tick();
    expect(await h.counts(id)).toEqual({ succeeded: 1, failed: 1 });
  });

  it('tries a push again that failed, as a new one', async () => {
    await h.devices(1);
    const content = {
      kind: 'push',
      packageId: await document(CP('a')),
      security: 'none',
      successAt: 'sent',
    } as const;
    const retry = { maxAttempts: 2, on: ['push-failed'], firstMs: 60_000, maxMs: 60_000 };
    const id = await h.started({ definition: { content }, terms: { retry } });
    await h.tick();
    await h.push(id, 'failed');
    expect(await h.counts(id)).toEqual({ waiting: 1 });
    await h.tick(61_000);
    expect(await h.counts(id)).toEqual({ triggered: 1 });
    await h.pool.query(`UPDATE push SET state = 'sent' WHERE state = 'queued'`);
    await h.tick();
    expect(await h.counts(id)).toEqual({ succeeded: 1 });
    expect((await h.campaigns.targets(id, {}, { limit: 1 })).items).toMatchObject([{ attempt: 2 }]);
  });

  it('calls pushes back when it is paused', async () => {
    await h.devices(2);
    const content = {
      kind: 'push',
      packageId: await document(CP('a')),
      security: 'none',
      successAt: 'sent',
    } as const;
    const id = await h.started({ definition: { content } });
    await h.tick();
    await h.push(id, 'sent', 1);
    await h.campaigns.pause(h.order(id));
    await h.tick();
    expect(await h.counts(id)).toEqual({ succeeded: 1, waiting: 1 });
  });
});
