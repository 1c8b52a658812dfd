import pg from 'pg';
import { schemaFaults } from '../../adapters/rest/json-schema.ts';
import { ADMIN_TOKEN } from '../server-process.ts';
import { exampleOf, examplesOf, isJson, type Json, named, type Place, placesOf } from './api-document.ts';

/** What an operation needs besides what its examples say. */
export interface Prerequisites {
  /** Real values in place of those of the examples, wherever they stand: path, query, body. */
  readonly insteadOf?: Readonly<Record<string, string>>;
  /** Path parameters, by name; the document's own example (with `insteadOf`) where nothing is said. */
  readonly params?: Readonly<Record<string, string>>;
  /** Query parameters of every run, by name. */
  readonly query?: Readonly<Record<string, string>>;
  /** Headers of every run, over those of the document's own examples; with a `Cookie` no token is sent. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Which documented success an example leads to, by the example's name; any of them where nothing is said. */
  readonly status?: Readonly<Record<string, number>>;
}

/** Makes what an operation needs. Called anew, with an empty database, before every run. */
export type Prepare = (runner: ExampleRunner) => Promise<Prerequisites | undefined>;

/** One request that the document shows. */
export interface Run {
  readonly place: Place;
  /** For the reader of a failure. */
  readonly name: string;
  readonly body?: { readonly mediaType: string; readonly name: string; readonly value: unknown };
  /** Optional parameters that are tried in this run. */
  readonly query: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly status: number;
  readonly mediaType: string | undefined;
  /** Parsed when it is JSON. */
  readonly body: unknown;
  readonly faults: readonly string[];
}

/** Runs the examples of an OpenAPI document against the server that gave it out. */
export class ExampleRunner {
  readonly url: string;
  readonly database: pg.Client;
  readonly #document: Json;
  readonly #prepare: Readonly<Record<string, Prepare>>;

  private constructor(url: string, database: pg.Client, document: Json, prepare: Readonly<Record<string, Prepare>>) {
    this.url = url;
    this.database = database;
    this.#document = document;
    this.#prepare = prepare;
  }

  static async open(
    url: string,
    databaseUrl: string,
    prepare: Readonly<Record<string, Prepare>>,
  ): Promise<ExampleRunner> {
    const answer = await fetch(`${url}/api/openapi.json`, { headers: { Authorization: `Bearer ${ADMIN_TOKEN}` } });
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    return new ExampleRunner(url, database, (await answer.json()) as Json, prepare);
  }

  close(): Promise<void> {
    return this.database.end();
  }

  get places(): readonly Place[] {
    return placesOf(this.#document);
  }

  /** Examples of bodies, asked and answered, that are not as their schemas say. */
  get unfit(): readonly string[] {
    return this.places.flatMap((place) => {
      const { requestBody, responses } = place.operation;
      const bodies = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)];
      return bodies.flatMap((content) =>
        examplesOf(content).flatMap(({ mediaType, name, value }) =>
          schemaFaults(content?.[mediaType]?.schema ?? {}, value, this.#document).map(
            (fault) => `${named(place)}: ${mediaType} ${name}: ${fault}`,
          ),
        ),
      );
    });
  }

  /** Every request the document shows: each example of a body, then each optional query parameter by itself. */
  get runs(): readonly Run[] {
    return this.places.flatMap((place) => {
      const { operation } = place;
      const bodies = examplesOf(operation.requestBody?.content);
      const optional = (operation.parameters ?? []).filter(
        (parameter) => parameter.in === 'query' && !parameter.required && exampleOf(parameter) !== undefined,
      );
      const first = bodies[0];
      const bare = bodies.length > 0 ? bodies : [undefined];
      return [
        ...bare.map((body) => ({
          place,
          name: body === undefined ? named(place) : `${named(place)}: ${body.mediaType} ${body.name}`,
          query: {},
          ...(body === undefined ? {} : { body }),
        })),
        ...optional.map((parameter) => ({
          place,
          name: `${named(place)}: ?${parameter.name}=${exampleOf(parameter)}`,
          query: { [parameter.name]: String(exampleOf(parameter)) },
          ...(first === undefined ? {} : { body: first }),
        })),
      ];
    });
  }

  /** An empty database, the settings of the server apart. */
  async clear(): Promise<void> {
    const { rows } = await this.database.query<{ name: string }>(
      `SELECT quote_ident(tablename) AS name FROM pg_tables
       WHERE schemaname = 'public' AND tablename NOT IN ('_prisma_migrations', 'setting')`,
    );
    for (let attempt = 1; ; attempt++) {
      try {
        await this.database.query(`TRUNCATE ${rows.map(({ name }) => name).join(', ')} RESTART IDENTITY`);
        return;
      } catch (error) {
        // The server goes on working meanwhile: two may wait for each other.
        if (attempt === 10 || (error as { code?: string }).code !== '40P01') throw error;
      }
    }
  }

  /** Prepares and runs one example. `faults` says what is not as the document says. */
  async run({ place, body, query }: Run): Promise<Outcome> {
    const { operation } = place;
    const ready = (await this.#prepare[operation.operationId]?.(this)) ?? {};
    const real = (value: unknown): unknown => replaced(value, ready.insteadOf ?? {});
    const parameters = operation.parameters ?? [];
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    const path = inPath.reduce(
      (all, { name, ...rest }) =>
        all.replace(
          `{${name}}`,
          encodeURIComponent(ready.params?.[name] ?? String(real(exampleOf({ name, ...rest })))),
        ),
      place.path,
    );
    const search = new URLSearchParams();
    for (const parameter of parameters) {
      if (parameter.in !== 'query') continue;
      const { name, required } = parameter;
      const value = ready.query?.[name] ?? query[name] ?? (required ? String(exampleOf(parameter)) : undefined);
      if (value !== undefined) search.set(name, String(real(value)));
    }
    const headers = parameters
      .filter((parameter) => parameter.in === 'header')
      .map((parameter): [string, string] => [parameter.name, String(exampleOf(parameter))])
      .concat(Object.entries(ready.headers ?? {}));
    const sent = body && { ...body, value: real(body.value) };
    const answer = await this.#request(place, search.size === 0 ? path : `${path}?${search}`, headers, sent);
    const wanted = body === undefined ? undefined : ready.status?.[body.name];
    return { ...answer, faults: this.#faultsOf(place, answer, wanted) };
  }

  /** Runs the first example of another operation and gives what it answers. @throws Error when it is refused */
  // biome-ignore lint/suspicious/noExplicitAny: prerequisites look into it by name
  async example(operationId: string): Promise<any> {
    const first = this.runs.find(({ place }) => place.operation.operationId === operationId);
    if (first === undefined) throw new Error(`there is no operation ${operationId}`);
    const outcome = await this.run(first);
    if (outcome.faults.length > 0) throw new Error(`${first.name}, which comes first: ${outcome.faults.join('; ')}`);
    return outcome.body;
  }

  async #request(
    { method }: Place,
    path: string,
    headers: readonly [string, string][],
    body: Run['body'],
  ): Promise<Omit<Outcome, 'faults'>> {
    const abort = new AbortController();
    const given = Object.fromEntries(headers);
    const response = await fetch(`${this.url}${path}`, {
      method,
      signal: abort.signal,
      headers: {
        ...(!('Cookie' in given) && { Authorization: `Bearer ${ADMIN_TOKEN}` }),
        ...given,
        ...(body !== undefined && { 'Content-Type': body.mediaType }),
      },
      ...(body !== undefined && { body: isJson(body.mediaType) ? JSON.stringify(body.value) : String(body.value) }),
    });
    const mediaType = response.headers.get('Content-Type')?.split(';')[0];
    // A stream of events does not end by itself: what comes first will do.
    const text = mediaType === 'text/event-stream' ? await beginning(response) : await response.text();
    abort.abort();
    return {
      status: response.status,
      mediaType: mediaType ?? undefined,
      body: mediaType !== undefined && isJson(mediaType) && text !== '' ? JSON.parse(text) : text,
    };
  }

  #faultsOf(place: Place, { status, mediaType, body }: Omit<Outcome, 'faults'>, wanted?: number): readonly string[] {
    if (wanted !== undefined && status !== wanted) return [`answered ${status} instead of ${wanted}: ${shown(body)}`];
    const described = place.operation.responses[String(status)];
    if (described === undefined) return [`answered ${status}, which is not described: ${shown(body)}`];
    if (status >= 300) return [`answered ${status}: ${shown(body)}`];
    if (described.content === undefined) return mediaType === undefined ? [] : [`a body that is not described`];
    const content = described.content[mediaType ?? ''] ?? described.content['*/*'];
    if (content === undefined) return [`answered ${mediaType}, which is not described`];
    return schemaFaults(content.schema, body, this.#document).map((fault) => `the answer: ${fault}`);
  }
}

async function beginning(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return Buffer.from(value ?? new Uint8Array()).toString('utf8');
}

/** The same with other values in its strings. */
function replaced(value: unknown, insteadOf: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return Object.entries(insteadOf).reduce((text, [old, now]) => text.replaceAll(old, now), value);
  }
  if (Array.isArray(value)) return value.map((one) => replaced(one, insteadOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner, insteadOf)]));
}

function shown(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return text.length <= 500 ? text : `${text.slice(0, 500)}…`;
}
