import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEVICE, furnished, PACKAGE_XML, RestHarness } from '../adapters/rest/rest-harness.ts';

const POSTS = ['/api/v1/devices', '/api/v1/deliveries', '/api/v1/ota', '/api/v1/ota/preview'];
const ODD = ['', '\0', '\ud800', '__proto__', 'constructor', '{{x}}', 'x'.repeat(2_000), 'ü', '🙂', '../..', '%00'];

const oddText = fc.oneof(fc.constantFrom(...ODD), fc.string({ unit: 'binary', maxLength: 40 }));
const oddValue = fc.oneof(
  oddText,
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom(null, true, 0, -1, 1e308, [], {}, [[]], { a: { b: {} } }),
);

/** A good body with one member, however deep, replaced, taken away or added. */
function damaged(body: object): fc.Arbitrary<unknown> {
  const paths = pathsOf(body);
  return fc
    .tuple(fc.constantFrom(...paths), fc.constantFrom('replace', 'remove', 'add'), oddValue, oddText)
    .map(([path, how, value, name]) => {
      const copy = structuredClone(body) as Record<string, unknown>;
      let parent = copy;
      for (const step of path.slice(0, -1)) parent = parent[step] as Record<string, unknown>;
      const last = path.at(-1) ?? '';
      if (how === 'remove') delete parent[last];
      else Object.defineProperty(parent, how === 'add' ? name : last, { value, enumerable: true, configurable: true });
      return copy;
    });
}

function pathsOf(value: object, path: readonly string[] = []): string[][] {
  return Object.entries(value).flatMap(([name, inner]) => [
    [...path, name],
    ...(typeof inner === 'object' && inner !== null ? pathsOf(inner, [...path, name]) : []),
  ]);
}

describe('whatever is posted', () => {
  const api = new RestHarness();
  let order: object;
  beforeAll(async () => {
    await api.start();
    const { packageId } = await furnished(api, PACKAGE_XML);
    order = {
      packageId,
      deviceId: DEVICE.deviceId,
      trigger: true,
      uiMode: 'background',
      variables: { apn: 'x' },
      expiresAt: '2026-02-01T00:00:00Z',
    };
  });
  afterAll(() => api.stop());

  it('is refused with 4xx when it is arbitrary JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...POSTS), fc.jsonValue({ maxDepth: 5 }), async (path, body) => {
        const { status, json } = await api.post(path, undefined, {
          raw: JSON.stringify(body),
          type: 'application/json',
        });
        expect(status).toBe(400);
        expect(json.code).toMatch(/^(request-invalid|body-malformed)$/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused with 4xx when it is no JSON at all', async () => {
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string().map((text) => new TextEncoder().encode(text)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...POSTS), octets, async (path, raw) => {
        const { status } = await api.post(path, undefined, { raw, type: 'application/json' });
        expect(status).toBe(400);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is taken or refused, never a fault of the server, when it is almost right', async () => {
    const calls = fc.oneof(
      damaged(DEVICE).map((body) => ['POST', '/api/v1/devices', body] as const),
      damaged({ msisdn: '+49170', imsi: null, dm: DEVICE.dm }).map(
        (body) => ['PATCH', `/api/v1/devices/${encodeURIComponent(DEVICE.deviceId)}`, body] as const,
      ),
      fc.constant(undefined).chain(() => damaged(order).map((body) => ['POST', '/api/v1/deliveries', body] as const)),
    );
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(calls, async ([method, path, body]) => {
        const { status } = await api.call(method, path, { raw: JSON.stringify(body), type: 'application/json' });
        seen.add(status);
        expect(status).toBeGreaterThanOrEqual(200);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 2_000 },
    );
    // The damage is not all of one kind: some was harmless, some was refused by schema, some by a use case.
    for (const status of [201, 202, 400, 404, 422]) expect(seen).toContain(status);
  });

  it('is taken or refused when it is uploaded as XML', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .tuple(
          fc.nat(PACKAGE_XML.length),
          fc.nat(20),
          fc.string({ maxLength: 5, unit: fc.constantFrom(...'<>/&;"{} \0é]') }),
        )
        .map(([at, cut, put]) => PACKAGE_XML.slice(0, at) + put + PACKAGE_XML.slice(at + cut)),
    );
    await fc.assert(
      fc.asyncProperty(text, async (xml) => {
        const { status, json } = await api.upload('fuzz', new TextEncoder().encode(xml));
        expect([201, 422]).toContain(status);
        if (status === 422) expect(json.faults.length).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('may have any query and any path', async () => {
    const piece = fc
      .oneof(oddText, fc.constantFrom('limit', 'cursor', 'deviceId', 'state', '1'))
      .map((value) => encodeURIComponent(value.replace(/\p{Cs}/gu, '\u{fffd}')));
    const path = fc.oneof(
      fc
        .tuple(fc.constantFrom('packages', 'devices', 'deliveries', 'sessions'), piece, piece)
        .map(([room, name, value]) => `/api/v1/${room}?${name}=${value}`),
      fc
        .tuple(fc.constantFrom('packages', 'devices', 'deliveries', 'sessions'), piece)
        .map(([room, id]) => `/api/v1/${room}/${id}`),
      fc.webPath().map((rest) => `/api/v1${rest}`),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('GET', 'DELETE', 'POST', 'HEAD', 'OPTIONS'), path, async (method, target) => {
        if (method === 'DELETE' && target.includes(encodeURIComponent(DEVICE.deviceId))) return;
        expect((await api.call(method, target)).status).toBeLessThan(500);
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves not one fault of the server in the log', () => {
    expect(api.log.length).toBeGreaterThan(1_000);
    expect(api.log.filter((line) => line.includes('"level":50'))).toEqual([]);
  });
});
