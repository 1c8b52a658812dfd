import createClient, { type Middleware } from 'openapi-fetch';
import { connection } from './connection.ts';
import { ApiProblem, ConnectionLost, type ProblemDocument } from './problem.ts';
import type { paths } from './schema.d.ts';

let csrfToken: string | undefined;

/** What {@link api} sends with every write from now on. */
export function setCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

/** For a write that does not go by {@link api}. */
export function csrfHeader(): Record<string, string> {
  return csrfToken === undefined ? {} : { 'X-CSRF-Token': csrfToken };
}

let onSessionEnded: () => void = () => undefined;

/** @param listener is told when a request was refused because nobody is signed in any more */
export function whenSessionEnds(listener: () => void): void {
  onSessionEnded = listener;
}

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

const guard: Middleware = {
  onRequest({ request }) {
    if (csrfToken !== undefined && WRITES.has(request.method)) request.headers.set('X-CSRF-Token', csrfToken);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) {
      connection.noteAnswer();
      return undefined;
    }
    const problem = await problemOf(response);
    if (problem instanceof ApiProblem && problem.code === 'unauthorized') onSessionEnded();
    throw problem;
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    connection.noteLost();
    return new ConnectionLost('The server does not answer.', { cause: error });
  },
};

/** A problem document is thrown as {@link ApiProblem}; anything else that is no success means that somebody else answers. */
export async function problemOf(response: Response): Promise<ApiProblem | ConnectionLost> {
  const isProblem = response.headers.get('Content-Type')?.startsWith('application/problem+json') === true;
  const document = isProblem
    ? ((await response.json().catch(() => undefined)) as ProblemDocument | undefined)
    : undefined;
  if (document === undefined) {
    connection.noteLost();
    return new ConnectionLost(`The server is not there (${response.status}).`);
  }
  connection.noteAnswer();
  return new ApiProblem(document);
}

/**
 * The REST API, typed by its OpenAPI document. A call resolves with `{data, response}` when it succeeded and throws
 * {@link ApiProblem} or {@link ConnectionLost} otherwise.
 */
export const api = createClient<paths>({ baseUrl: window.location.origin, credentials: 'same-origin' });
api.use(guard);

/** The body of an answer that succeeded. */
export async function dataOf<T>(call: Promise<{ data?: T; response: Response }>): Promise<T> {
  const { data } = await call;
  return data as T;
}

/** Something with the tag of its version: give it back with {@link ifMatch} so that nothing newer is overwritten. */
export interface Tagged<T> {
  readonly value: T;
  readonly etag: string | undefined;
}

export async function taggedOf<T>(call: Promise<{ data?: T; response: Response }>): Promise<Tagged<T>> {
  const { data, response } = await call;
  return { value: data as T, etag: response.headers.get('ETag') ?? undefined };
}

/** The header that makes a write happen only if it is still that version; 412 `version-stale` otherwise. */
export function ifMatch({ etag }: Pick<Tagged<unknown>, 'etag'>): { 'If-Match'?: string } {
  return etag === undefined ? {} : { 'If-Match': etag };
}
