import { beforeAll, describe, expect, it } from 'vitest';
import { lintOpenApi } from '../../scripts/lint-openapi.ts';
import { openApiOfRoutes } from '../../scripts/openapi-of-routes.ts';
import { missingExamples, placesOf, unprepared } from '../e2e/openapi/api-document.ts';
import { PREREQUISITES } from '../e2e/openapi/prerequisites.ts';

describe('the OpenAPI document', () => {
  let document: Record<string, unknown>;
  beforeAll(async () => {
    document = await openApiOfRoutes();
  });

  it('has nothing that the linter finds wrong', async () => {
    expect(Object.keys(document['paths'] as object).length).toBeGreaterThan(30);
    expect(await lintOpenApi(document)).toEqual([]);
  });

  it('has an example for every parameter and every body, asked or answered', () => {
    expect(missingExamples(placesOf(document))).toEqual([]);
  });

  it('is told what to make before the examples of an operation are run, for those that are there and no others', () => {
    const places = placesOf(document);
    const ids = places.map(({ operation }) => operation.operationId);
    const prepared = Object.keys(PREREQUISITES);
    expect(unprepared(places, prepared)).toEqual([]);
    expect(prepared.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('is linted with the place of a reference that leads nowhere, and of an example that does not fit its schema', async () => {
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
