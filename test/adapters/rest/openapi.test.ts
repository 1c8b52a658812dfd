import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROBLEM_CODES, PROBLEMS } from '../../../src/adapters/rest/problem.ts';
import { resolve, schemaFaults } from './json-schema.ts';
import { RestHarness } from './rest-harness.ts';

type Json = Record<string, unknown>;
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Record<string, Content> };
  readonly responses: Record<string, { readonly description: string; readonly content?: Record<string, Content> }>;
}
interface Content {
  readonly schema: Json;
  readonly example?: unknown;
  readonly examples?: Record<string, { readonly value: unknown }>;
}

describe('the OpenAPI document', () => {
  let api: RestHarness;
  let document: Json;
  beforeEach(async () => {
    api = await new RestHarness().start();
    document = await api.document();
  });
  afterEach(() => api.stop());

  const operations = (): [method: string, path: string, operation: Operation][] =>
    Object.entries(document['paths'] as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, string, Operation] => [method, path, operation]),
    );

  it('is OpenAPI 3.1 and has every path that is promised', () => {
    expect(document['openapi']).toBe('3.1.0');
    expect(operations().map(([method, path]) => `${method.toUpperCase()} ${path}`)).toEqual(
      expect.arrayContaining([
        'POST /api/v1/packages',
        'GET /api/v1/packages',
        'GET /api/v1/packages/{id}',
        'GET /api/v1/packages/{id}/xml',
        'DELETE /api/v1/packages/{id}',
        'POST /api/v1/devices',
        'GET /api/v1/devices',
        'GET /api/v1/devices/{deviceId}',
        'PATCH /api/v1/devices/{deviceId}',
        'DELETE /api/v1/devices/{deviceId}',
        'GET /api/v1/devices/{deviceId}/tree',
        'POST /api/v1/deliveries',
        'GET /api/v1/deliveries',
        'GET /api/v1/deliveries/{id}',
        'POST /api/v1/deliveries/{id}/cancel',
        'GET /api/v1/sessions',
        'GET /api/v1/sessions/{id}',
        'GET /api/v1/sessions/{id}/messages',
        'POST /api/v1/links',
        'GET /api/v1/links',
        'GET /api/v1/links/{id}',
        'PATCH /api/v1/links/{id}',
        'DELETE /api/v1/links/{id}',
        'POST /api/v1/links/{id}/test',
        'GET /api/v1/pushes',
        'GET /api/v1/pushes/{id}',
        'POST /api/v1/pushes/{id}/cancel',
        'GET /api/v1/incoming-messages',
        'POST /api/v1/ota',
        'GET /api/v1/ota',
        'GET /api/v1/ota/{id}',
        'GET /api/v1/ota/{id}/manual',
        'POST /api/v1/ota/preview',
        'POST /api/v1/ota/manual',
        'GET /healthz',
        'GET /readyz',
        'GET /metrics',
        'GET /api/openapi.json',
      ]),
    );
  });

  it('has no reference that leads nowhere, and no schema that nothing refers to', () => {
    const references = new Set(
      [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? ''),
    );
    for (const reference of references) expect(() => resolve(reference, document)).not.toThrow();
    const schemas = Object.keys((document['components'] as { schemas: Json }).schemas);
    expect(new Set(schemas.map((name) => `#/components/schemas/${name}`))).toEqual(references);
    expect(JSON.stringify(document)).not.toContain('$defs');
  });

  it('gives every operation an id of its own, and every path parameter a description', () => {
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, path, { parameters = [] }] of operations()) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const described = parameters.filter((parameter) => parameter.in === 'path');
      expect(described.map(({ name }) => name)).toEqual(inPath);
      expect(described.every(({ required }) => required)).toBe(true);
    }
  });

  it('has an example for every body, which its schema agrees with', () => {
    for (const [method, path, { requestBody, responses }] of operations()) {
      const contents = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)];
      for (const content of contents.flatMap((types) => Object.values(types ?? {}))) {
        const examples = content.examples
          ? Object.values(content.examples).map(({ value }) => value)
          : [content.example];
        expect(examples.length).toBeGreaterThan(0);
        for (const example of examples) {
          expect(example, `${method} ${path}`).toBeDefined();
          expect(schemaFaults(content.schema, example, document), `${method} ${path}`).toEqual([]);
        }
      }
    }
  });

  it('marks secrets as write-only and has none of them in an answer', () => {
    const { schemas } = document['components'] as { schemas: Record<string, Json> };
    expect(JSON.stringify(schemas['NewDevice'])).toContain('"writeOnly":true');
    for (const name of ['Device', 'Delivery', 'DeliveryWithResults', 'Session', 'Link', 'Push']) {
      expect(JSON.stringify(schemas[name])).not.toMatch(/password|nonce|variables/i);
    }
  });

  it('needs credentials everywhere but at /healthz and to sign in', () => {
    expect(document['security']).toEqual([{ bearer: [] }, { cookie: [] }]);
    const open = operations().filter(([, , operation]) => 'security' in operation);
    expect(open.map(([, path]) => path)).toEqual(['/api/v1/sign-in', '/healthz']);
  });

  it('says which problems each status stands for', () => {
    for (const [, path, { responses }] of operations()) {
      for (const [status, { content }] of Object.entries(responses)) {
        const examples = content?.['application/problem+json']?.examples;
        for (const code of Object.keys(examples ?? {})) {
          expect(PROBLEM_CODES, path).toContain(code);
          expect(PROBLEMS[code as keyof typeof PROBLEMS].status).toBe(Number(status));
        }
      }
    }
  });
});
