import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEVICE, RestHarness } from './rest-harness.ts';

let api: RestHarness;
beforeEach(async () => {
  api = await new RestHarness().start();
});
afterEach(() => api.stop());

const register = (deviceId: string, more: object = {}) => api.post('/api/v1/devices', { ...DEVICE, deviceId, ...more });
const query = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString();

describe('labels of a device', () => {
  it('are taken at registration and shown', async () => {
    const labels = { tags: ['b', 'a', 'b'], attributes: { floor: '3' }, timeZone: 'Europe/Berlin' };
    const { status, json } = await register('A', labels);
    expect([status, json]).toMatchObject([201, { ...labels, tags: ['a', 'b'] }]);
    const changed = await api.patch('/api/v1/devices/A', { tags: null, attributes: { floor: null, room: '1' } });
    expect(changed.json).toMatchObject({ tags: [], attributes: { room: '1' }, timeZone: 'Europe/Berlin' });
    expect(changed.json.attributes).not.toHaveProperty('floor');
    expect((await api.patch('/api/v1/devices/A', { timeZone: null })).json).not.toHaveProperty('timeZone');
  });

  it.each([
    [{ tags: ['a,b'] }, '/tags/0', /none of \| , ;/],
    [{ tags: Array.from({ length: 51 }, (_, n) => `${n}`) }, '/tags', /at most 50/],
    [{ attributes: { 'a b': 'x' } }, '/attributes/a b', /letters, digits/],
    [{ attributes: { a: 3 } }, '/attributes/a', /Expected text/],
    [{ timeZone: 'Europe/Atlantis' }, '/timeZone', /IANA/],
    [{ timeZone: '+01:00' }, '/timeZone', /IANA/],
  ])('%j are refused, with the place', async (labels, pointer, detail) => {
    const { status, json } = await register('A', labels);
    expect([status, json.code]).toEqual([400, 'request-invalid']);
    expect(json.errors[0]).toMatchObject({ pointer, detail: expect.stringMatching(detail) });
  });
});

describe('a filter', () => {
  it('chooses the devices of a page, beside the other parameters, and of a count', async () => {
    await register('A', { tags: ['pilot'], msisdn: '+491' });
    await register('B', { tags: ['pilot'], msisdn: '+492' });
    await register('C');
    const ids = async (parameters: Record<string, string>) =>
      (await api.get(`/api/v1/devices?${query(parameters)}`)).json.items.map(
        (one: { deviceId: string }) => one.deviceId,
      );
    expect(await ids({ filter: 'tags==pilot' })).toEqual(['B', 'A']);
    expect(await ids({ filter: 'tags==pilot', msisdn: '+491' })).toEqual(['A']);
    const count = await api.get(`/api/v1/devices/count?${query({ filter: 'tags==pilot' })}`);
    expect(count.json).toEqual({ count: 2, kind: 'exact' });
    const saved = await api.post('/api/v1/device-filters', { name: 'pilots', filter: 'tags==pilot' });
    expect(await ids({ filterId: saved.json.id, deviceId: 'A' })).toEqual(['A']);
  });

  it('that cannot be read is refused with the position and what was expected there', async () => {
    for (const path of ['/api/v1/devices', '/api/v1/devices/count']) {
      const { status, json } = await api.get(`${path}?${query({ filter: 'man==a;colour==red' })}`);
      expect([status, json.code, json.position]).toEqual([400, 'filter-invalid', 7]);
      expect(json.expected).toMatch(/^one of deviceId, .*lastSeenAt$/);
      expect(json.detail).toMatch(/^At position 7: expected one of deviceId.*, found "colour"\.$/);
    }
  });

  it('of an order that is not known is refused', async () => {
    const { status, json } = await api.get('/api/v1/devices?sort=colour');
    expect([status, json.errors[0].pointer]).toEqual([400, '/sort']);
    expect((await api.get('/api/v1/devices?sort=lastSeenAt:desc')).status).toBe(200);
  });

  it('that is not known by its id is a 404', async () => {
    const { status, json } = await api.get('/api/v1/devices?filterId=0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a');
    expect([status, json.code]).toEqual([404, 'filter-unknown']);
  });
});

describe('tags of many', () => {
  it('are put on and taken off', async () => {
    await register('A', { tags: ['old'] });
    await register('B');
    const order = { filter: 'deviceId==*', add: ['new'], remove: ['old'] };
    expect((await api.post('/api/v1/devices/tags', order)).json).toEqual({ changed: 2, refused: 0 });
    expect((await api.get('/api/v1/devices/A')).json.tags).toEqual(['new']);
  });

  it.each([
    [{ add: ['a'] }, /filterId/],
    [{ filter: 'man==a' }, /tags to add/],
    [{ filter: 'man==a', add: ['a|b'] }, /none of/],
  ])('%j is refused', async (order, detail) => {
    const { status, json } = await api.post('/api/v1/devices/tags', order);
    expect([status, json.detail]).toEqual([400, expect.stringMatching(detail)]);
  });
});

describe('saved filters', () => {
  it('are made, changed under their version, listed and removed', async () => {
    const made = await api.post('/api/v1/device-filters', { name: 'pilots', filter: 'tags==pilot' });
    expect([made.status, made.headers.get('ETag')]).toEqual([201, '"1"']);
    const path = made.headers.get('Location') ?? '';
    const change = (ifMatch: string, body: object) => api.patch(path, body, { headers: { 'If-Match': ifMatch } });
    expect((await change('"1"', { name: 'new' })).headers.get('ETag')).toBe('"2"');
    const stale = await change('"1"', { name: 'newer' });
    expect([stale.status, stale.json.code, stale.json.version]).toEqual([412, 'version-stale', 2]);
    expect((await change('*', { filter: 'tags==b' })).json).toMatchObject({
      name: 'new',
      filter: 'tags==b',
      version: 3,
    });
    const odd = await change('W/x', {});
    expect([odd.status, odd.json.errors[0].pointer]).toEqual([400, '/If-Match']);
    expect((await api.patch(path, { filter: 'b' })).json).toMatchObject({ code: 'filter-invalid', position: 0 });
    expect((await api.get('/api/v1/device-filters')).json.items).toMatchObject([{ name: 'new' }]);
    expect((await api.post('/api/v1/device-filters', { name: 'new', filter: 'tags==b' })).status).toBe(409);
    expect((await api.call('DELETE', path, { headers: { 'If-Match': '"1"' } })).status).toBe(412);
    expect((await api.delete(path)).status).toBe(204);
    expect((await api.get(path)).status).toBe(404);
  });
});
