import { beforeAll, describe, expect, it } from 'vitest';
import { lintOpenApi, openApiOfRoutes } from '../../scripts/lint-openapi.ts';

describe('the linter of the OpenAPI document', () => {
  let document: Record<string, unknown>;
  beforeAll(async () => {
    document = await openApiOfRoutes();
  });

  it('finds nothing wrong with what the server gives out', async () => {
    expect(Object.keys(document['paths'] as object).length).toBeGreaterThan(30);
    expect(await lintOpenApi(document)).toEqual([]);
  });

  it('names the place of a reference that leads nowhere, and of an example that does not fit its schema', async () => {
    const paths = structuredClone(document['paths']) as Record<string, Record<string, { responses: object }>>;
    const json = (schema: object, example: unknown) => ({
      200: { description: 'Planted.', content: { 'application/json': { schema, example } } },
    });
    Object.assign(paths['/healthz']?.['get'] ?? {}, { responses: json({ type: 'integer' }, 'one') });
    Object.assign(paths['/readyz']?.['get'] ?? {}, { responses: json({ $ref: '#/components/schemas/Nothing' }, 1) });
    const faults = await lintOpenApi({ ...document, paths });
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/~1healthz.*no-invalid-media-type-examples/),
        expect.stringMatching(/~1readyz.*no-unresolved-refs/),
      ]),
    );
  });
});
