import { z } from 'zod';
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from './problem.ts';
import { neededRole, type ResponseDefinition, type Route } from './route.ts';
import { TAGS } from './tags.ts';

type Json = Record<string, unknown>;

export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly license: { readonly name: string; readonly identifier: string };
}

const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: 'Where the problem is described.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(PROBLEM_CODES as [ProblemCode, ...ProblemCode[]]),
    requestId: z.string().meta({ description: 'Stands in the log lines of the request too.' }),
    errors: z
      .array(
        z.strictObject({
          in: z.enum(['path', 'query', 'header', 'body']),
          pointer: z.string().meta({ description: 'JSON Pointer (RFC 6901).' }),
          detail: z.string(),
        }),
      )
      .exactOptional()
      .meta({ description: 'With `request-invalid`.' }),
    faults: z
      .array(
        z.strictObject({
          line: z.int(),
          column: z.int(),
          code: z.string(),
          reason: z.string(),
          locUri: z.string().exactOptional(),
        }),
      )
      .exactOptional()
      .meta({ description: 'With `package-faulty`: every one.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. Some problems have members of their own.' });

/** The OpenAPI 3.1 document of these routes. Schemas are those the routes validate with. */
export function openApiDocument(routes: readonly Route[], info: OpenApiInfo): Json {
  const components = new Components();
  const problem = components.schema(problemSchema, 'output');
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route, components, problem) };
  }
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name, description: TAGS[name] })),
    security: [{ bearer: [] }, { cookie: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or the admin token.' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: 'omadm_session',
          description:
            'A browser that has signed in. Over TLS the cookie is called `__Host-omadm_session`. Writes carry `X-CSRF-Token`.',
        },
      },
      schemas: components.schemas,
    },
  };
}

function operation(route: Route, components: Components, problem: Json): Json {
  const parameters = [
    ...parametersOf(route.params, 'path', components),
    ...parametersOf(route.query, 'query', components),
    ...Object.entries(route.headers ?? {}).map(([name, rest]) => ({
      name,
      in: 'header',
      required: false,
      ...rest,
      schema: { type: 'string' },
    })),
    ...(route.idempotent === true ? [IDEMPOTENCY_KEY] : []),
    ...(route.conditional === undefined ? [] : [route.conditional === 'text' ? IF_MATCH_TEXT : IF_MATCH]),
  ];
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.access === 'open' ? { security: [] } : { 'x-required-role': neededRole(route) }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: requestContent(route, components) } }),
    responses: withProblems(responses(route, components), problemResponses(route, problem)),
  };
}

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A repeat with the same key and the same request is answered like the first and not carried out again, for a day.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  example: '5f0c7f9e-2b8a-4f43-9a52-0d5c1f7a9b10',
};

const IF_MATCH: Json = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'The `ETag` of the version that is meant: were it changed since, nothing is done. `*`: whichever it is.',
  schema: { type: 'string' },
  example: '"1"',
};
const IF_MATCH_TEXT: Json = { ...IF_MATCH, example: '"hYtN7c0Zr4n5vQ0pJmBz"' };

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query', components: Components): Json[] {
  if (schema === undefined) return [];
  const { properties, required } = components.inline(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties ?? {}).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || (required ?? []).includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function requestContent({ body }: Route, components: Components): Json {
  if (body?.kind === 'xml') {
    const content = { schema: { type: 'string' }, example: body.example };
    return { 'application/xml': content, 'text/xml': content };
  }
  if (body?.kind === 'stream') {
    const types = Object.entries(body.examples);
    return Object.fromEntries(types.map(([type, example]) => [type, { schema: { type: 'string' }, example }]));
  }
  if (body === undefined) return {};
  const examples = Object.fromEntries(Object.entries(body.examples).map(([name, value]) => [name, { value }]));
  const content = { schema: components.schema(body.schema, 'input'), examples };
  return Object.fromEntries((body.mediaTypes ?? ['application/json']).map((type) => [type, content]));
}

/** A status may stand for a success of its kind (an answer that says "not ready") and for a problem. */
function withProblems(own: Json, problems: Json): Json {
  const merged: Json = { ...own };
  for (const [status, problem] of Object.entries(problems) as [string, Json][]) {
    const known = own[status] as Json | undefined;
    merged[status] =
      known === undefined
        ? problem
        : {
            ...known,
            description: `${known['description']} ${problem['description']}`,
            content: { ...(known['content'] as Json), ...(problem['content'] as Json) },
          };
  }
  return merged;
}

const REQUEST_ID: Json = { description: 'Names the request in the log.', schema: { type: 'string' } };

function responses(route: Route, components: Components): Json {
  const rows = Object.entries(route.responses).map(([status, response]) => {
    const headers = Object.entries(response.headers ?? {}).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]);
    return [
      status,
      {
        description: response.description,
        headers: { 'X-Request-Id': REQUEST_ID, ...Object.fromEntries(headers) },
        ...responseContent(response, components),
      },
    ];
  });
  return Object.fromEntries(rows);
}

function responseContent({ content, alternatives = [] }: ResponseDefinition, components: Components): Json {
  if (content === undefined) return {};
  const schema = content.schema === undefined ? { type: 'string' } : components.schema(content.schema, 'output');
  const others = alternatives.map(({ mediaType, example }) => [mediaType, { schema: { type: 'string' }, example }]);
  return { content: { [content.mediaType]: { schema, example: content.example }, ...Object.fromEntries(others) } };
}

/** Every problem a route can answer with: its own, and those its kind brings. */
export function problemsOf(route: Route): readonly ProblemCode[] {
  return [
    ...(route.access === 'open' ? [] : (['unauthorized'] as const)),
    ...(route.access === 'open' || route.method === 'get' ? [] : (['csrf-token-missing'] as const)),
    ...(['operator', 'admin'].includes(neededRole(route) ?? '') ? (['role-insufficient'] as const) : []),
    ...(route.query === undefined && route.body?.kind !== 'json' ? [] : (['request-invalid'] as const)),
    ...(route.body?.kind === 'json' ? (['body-malformed'] as const) : []),
    ...(route.body === undefined ? [] : (['body-incomplete', 'body-too-large', 'media-type-unsupported'] as const)),
    ...(route.conditional !== undefined ? (['version-stale', 'request-invalid'] as const) : []),
    ...(route.idempotent === true ? (['idempotency-key-reused', 'idempotency-in-progress'] as const) : []),
    ...(route.problems ?? []),
    ...(route.access === 'open' ? [] : (['unavailable'] as const)),
    'internal-error',
  ];
}

function problemResponses(route: Route, problem: Json): Json {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemsOf(route)) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const rows = [...byStatus].map(([status, codes]) => [
    String(status),
    {
      description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
      headers: { 'X-Request-Id': REQUEST_ID },
      content: {
        'application/problem+json': {
          schema: problem,
          examples: Object.fromEntries(codes.map((code) => [code, { value: problemExample(code) }])),
        },
      },
    },
  ]);
  return Object.fromEntries(rows);
}

function problemExample(code: ProblemCode): Json {
  const { status, title } = PROBLEMS[code];
  return {
    type: `/api/problems/${code}`,
    title,
    status,
    detail: `${title}.`,
    code,
    requestId: '0198c5a6-0000-4000-8000-000000000000',
  };
}

const DEFS = '#/$defs/';

/** Gathers the named schemas under `components/schemas`. */
class Components {
  readonly schemas: Record<string, Json> = {};

  /** The schema with references to the named ones. */
  schema(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $schema: _dialect, $defs, ...root } = z.toJSONSchema(schema, { io, override: plain }) as Json;
    for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, Json>)) {
      this.#add(name, definition);
    }
    const { id } = schema.meta() ?? {};
    if (typeof id !== 'string') return relocated(root) as Json;
    if (!('$ref' in root)) this.#add(id, root);
    return { $ref: `#/components/schemas/${id}` };
  }

  /** The schema of an object that has no name. */
  inline(schema: z.ZodType, io: 'input' | 'output'): Json {
    return this.schema(schema, io);
  }

  #add(name: string, definition: Json): void {
    const { id: _id, ...rest } = relocated(definition) as Json;
    const known = this.schemas[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(rest)) {
      throw new Error(`two schemas are called ${name}`);
    }
    this.schemas[name] = rest;
  }
}

/** Examples as they are given; without what says nothing to a reader: limits of safe integers, patterns that only repeat a format. */
function plain({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: Json }): void {
  // Left out of what is transformed afterwards, though ours are always as they are written.
  const { examples } = z.globalRegistry.get(zodSchema) ?? {};
  if (examples !== undefined) jsonSchema['examples'] = examples;
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum'];
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum'];
  if (jsonSchema['format'] === 'date-time' || jsonSchema['format'] === 'base64') delete jsonSchema['pattern'];
  delete jsonSchema['readOnly'];
}

function relocated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocated);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === '$ref' && typeof inner === 'string' && inner.startsWith(DEFS)
        ? [key, `#/components/schemas/${inner.slice(DEFS.length)}`]
        : [key, relocated(inner)],
    ),
  );
}
