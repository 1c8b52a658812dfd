import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredObject } from '../../../src/services/ports/object-store.ts';
import { RestHarness, TOKEN } from './rest-harness.ts';

const ID = '0198c5a5-0a51-7f6e-8f1c-6a5b4c3d2e1f';

describe('large values over REST', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
  });
  afterEach(() => api.stop());

  const add = (more: Partial<StoredObject>, ...pieces: string[]): void => {
    const size = Buffer.byteLength(pieces.join(''));
    const object = { id: ID, deviceId: 'IMEI:1', locUri: './Log', size, completedAt: api.clock.now(), ...more };
    api.objects.add(
      object,
      pieces.map((one) => Buffer.from(one)),
    );
  };

  it('gives the octets of all pieces, one after the other, with their number', async () => {
    add({ format: 'bin', type: 'application/x-log' }, 'one ', 'two ', 'three');
    const { status, headers, text } = await api.get(`/api/v1/objects/${ID}`);
    expect([status, text, headers.get('Content-Type'), headers.get('Content-Length')]).toEqual([
      200,
      'one two three',
      'application/x-log',
      '13',
    ]);
  });

  it.each([
    ['text unless the device says otherwise', {}, 'text/plain; charset=utf-8'],
    ['octets by their format', { format: 'b64' }, 'application/octet-stream'],
    ['XML by its format', { format: 'xml' }, 'application/xml'],
    ['what the device calls it', { format: 'bin', type: 'image/png' }, 'image/png'],
    ['text of a kind', { format: 'chr', type: 'text/csv' }, 'text/csv; charset=utf-8'],
    ['text where the type is none', { type: 'x\r\nSet-Cookie: a=b' }, 'text/plain; charset=utf-8'],
  ])('names the media type: %s', async (_, more, mediaType) => {
    add(more, 'x');
    expect((await api.get(`/api/v1/objects/${ID}`)).headers.get('Content-Type')).toBe(mediaType);
  });

  it('never lets a browser run what a device calls a page', async () => {
    add({ type: 'text/html' }, '<script>alert(1)</script>');
    const { headers } = await api.get(`/api/v1/objects/${ID}`);
    expect(headers.get('Content-Disposition')).toBe('attachment');
    expect(headers.get('Content-Security-Policy')).toBe('sandbox');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  it('says 404 for an id that is none, or of nothing, and 401 without the token', async () => {
    for (const id of ['nope', ID]) {
      const { status, json } = await api.get(`/api/v1/objects/${id}`);
      expect([status, json.code]).toEqual([404, 'object-unknown']);
    }
    add({}, 'x');
    expect((await api.get(`/api/v1/objects/${ID}`, { token: null })).status).toBe(401);
  });

  it('breaks off when the pieces cannot be read to the end, so that half is never taken for the whole', async () => {
    add({ size: 100_000 }, 'x');
    const { read } = api.objects;
    api.objects.read = async function* (id) {
      yield* read.call(api.objects, id);
      throw new Error('the database is away');
    };
    const response = await fetch(`${api.url}/api/v1/objects/${ID}`, { headers: { Authorization: `Bearer ${TOKEN}` } });
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow();
  });
});
