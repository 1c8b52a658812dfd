/** What the tests read of the OpenAPI document. */
export type Json = Record<string, unknown>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly example?: unknown;
  readonly schema: { readonly examples?: readonly unknown[]; readonly enum?: readonly unknown[] };
}

export interface Content {
  readonly schema: Json;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>;
}

/** One operation, and where it is. */
export interface Place {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export function placesOf(document: Json): readonly Place[] {
  const paths = document['paths'] as Record<string, Record<string, Operation>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

export function named(place: Place): string {
  return `${place.operation.operationId} (${place.method} ${place.path})`;
}

/** What the document shows as a value of a parameter; undefined when it shows none. */
export function exampleOf({ example, schema }: Parameter): unknown {
  return example ?? schema.examples?.[0] ?? schema.enum?.[0];
}

/** Every example of a body, by media type and name. */
export function examplesOf(
  content: Readonly<Record<string, Content>> | undefined,
): readonly { readonly mediaType: string; readonly name: string; readonly value: unknown }[] {
  return Object.entries(content ?? {}).flatMap(([mediaType, { example, examples }]) =>
    examples === undefined
      ? [{ mediaType, name: 'example', value: example }]
      : Object.entries(examples).map(([name, { value }]) => ({ mediaType, name, value })),
  );
}

/** Whether the body is more of a text than a value: XML, CSV, lines of JSON. */
export function isJson(mediaType: string): boolean {
  return /[/+]json$/.test(mediaType.split(';')[0] ?? '');
}

/** Parameters whose values only the server can make. */
const OPAQUE = new Set(['cursor', 'after']);

/** What the operations lack to be run: one line each, with the operation's name. */
export function missingExamples(places: readonly Place[]): readonly string[] {
  return places.flatMap((place) => {
    const { parameters = [], requestBody, responses } = place.operation;
    const bodies = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)];
    return [
      ...parameters
        .filter((parameter) => !OPAQUE.has(parameter.name) && exampleOf(parameter) === undefined)
        .map(({ name }) => `${named(place)}: the parameter ${name} has no example: .meta({ examples: ['…'] })`),
      ...bodies.flatMap((content) =>
        examplesOf(content)
          .filter(({ value }) => value === undefined)
          .map(({ mediaType }) => `${named(place)}: a body of type ${mediaType} has no example`),
      ),
    ];
  });
}

/** Operations on something that their path names, and that nobody makes for their examples. */
export function unprepared(places: readonly Place[], prepared: readonly string[]): readonly string[] {
  return places
    .filter(({ path, operation }) => path.includes('{') && !prepared.includes(operation.operationId))
    .map((place) => `${named(place)} needs a row in test/e2e/openapi/prerequisites.ts that makes what its path names`);
}
