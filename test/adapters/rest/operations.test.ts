import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RestHarness } from './rest-harness.ts';

describe('operations over REST', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
  });
  afterEach(() => api.stop());

  it('says that it is alive, without looking at anything', async () => {
    api.checks['database'] = { required: true, check: async () => ({ state: 'down' }) };
    const { status, json } = await api.get('/healthz?probe=1', { token: null });
    expect([status, json]).toEqual([200, { status: 'alive' }]);
  });

  it('is ready when all that is required is up', async () => {
    const { status, json } = await api.get('/readyz');
    expect(status).toBe(200);
    expect(json).toEqual({
      status: 'ready',
      checks: { database: { state: 'up', required: true }, smpp: { state: 'off', required: false } },
    });
  });

  it('is not ready without what is required, and says what is missing', async () => {
    api.checks['database'] = {
      required: true,
      check: async () => {
        throw new Error('postgres://u:DB-SECRET@h');
      },
    };
    const { status, json, text } = await api.get('/readyz');
    expect([status, json.status, json.checks.database.state]).toEqual([503, 'not-ready', 'down']);
    expect(text).not.toContain('DB-SECRET');
  });

  it('stays ready without what is not required, and says so', async () => {
    api.checks['smpp'] = { required: false, check: async () => ({ state: 'down', detail: 'waiting for the SMSC' }) };
    const { status, json } = await api.get('/readyz');
    expect([status, json.checks.smpp]).toEqual([
      200,
      { state: 'down', required: false, detail: 'waiting for the SMSC' },
    ]);
  });

  it('waits for a check only so long', async () => {
    api.checks['database'] = { required: true, check: () => new Promise(() => {}) };
    const { status, json } = await api.get('/readyz');
    expect([status, json.checks.database.detail]).toEqual([503, 'no answer in time']);
  });

  it('counts requests by route, never by path', async () => {
    await api.get('/api/v1/devices/IMEI%3A1');
    await api.get('/api/v1/no/such/path');
    const { status, headers, text } = await api.get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain(
      'omadm_http_request_duration_seconds_count{route="/api/v1/devices/{deviceId}",method="GET",status="404"} 1',
    );
    expect(text).toContain('omadm_http_request_duration_seconds_count{route="none",method="GET",status="404"} 1');
    expect(text).not.toContain('IMEI');
  });
});
