import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEVICE, RestHarness } from './rest-harness.ts';

const SESSION = '0198c5a5-1111-7f6e-8f1c-6a5b4c3d2e1f';

describe('the timeline of a device over REST', () => {
  let api: RestHarness;
  const path = `/api/v1/devices/${encodeURIComponent(DEVICE.deviceId)}/timeline`;
  beforeEach(async () => {
    api = await new RestHarness().start();
    await api.post('/api/v1/devices', DEVICE);
    api.timeline.entries = [
      { kind: 'alert', id: 'a1', at: new Date(1_000), sessionId: SESSION, code: 1226, type: 'urn:x', data: '<b>' },
      {
        kind: 'session',
        id: 's1',
        at: new Date(2_000),
        sessionId: SESSION,
        dmSessionId: '1',
        phase: 'closed',
        closedAt: new Date(3_000),
        closeReason: 'completed',
      },
      { kind: 'bootstrap', id: 'e1', at: new Date(2_000), state: 'done' },
    ];
  });
  afterEach(() => api.stop());

  it('comes newest first, a page at a time, and of the kinds that are asked for', async () => {
    const first = await api.get(`${path}?limit=2`);
    expect(first.json.items).toEqual([
      {
        kind: 'session',
        id: 's1',
        at: '1970-01-01T00:00:02.000Z',
        sessionId: SESSION,
        dmSessionId: '1',
        phase: 'closed',
        closedAt: '1970-01-01T00:00:03.000Z',
        closeReason: 'completed',
      },
      { kind: 'bootstrap', id: 'e1', at: '1970-01-01T00:00:02.000Z', state: 'done' },
    ]);
    const rest = await api.get(`${path}?limit=2&cursor=${first.json.nextCursor}`);
    expect(rest.json).toEqual({
      items: [
        {
          kind: 'alert',
          id: 'a1',
          at: '1970-01-01T00:00:01.000Z',
          sessionId: SESSION,
          code: 1226,
          type: 'urn:x',
          data: '<b>',
        },
      ],
    });
    const some = await api.get(`${path}?kind=alert,bootstrap`);
    expect(some.json.items.map(({ id }: { id: string }) => id)).toEqual(['e1', 'a1']);
  });

  it.each([
    ['kind=colour', '/kind'],
    ['kind=alert,', '/kind'],
    ['limit=0', '/limit'],
  ])('refuses %s', async (query, pointer) => {
    const { status, json } = await api.get(`${path}?${query}`);
    expect([status, json.errors[0].pointer]).toEqual([400, pointer]);
  });

  it('is of no device that is not registered, and of no cursor of another listing', async () => {
    expect((await api.get('/api/v1/devices/nobody/timeline')).json.code).toBe('device-unknown');
    expect((await api.get(`${path}?cursor=e30`)).json.code).toBe('cursor-invalid');
  });
});
