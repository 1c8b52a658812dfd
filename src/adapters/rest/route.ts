import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Principal, Role } from '../../domain/principal.ts';
import type { KnownSession } from '../../services/sign-in.ts';
import { HttpProblem, type ProblemCode } from './problem.ts';
import type { ClientConnection } from './session-cookie.ts';
import type { Tag } from './tags.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/**
 * One route, once: the router, the validation, the types of its handler and its place in the OpenAPI document are all
 * made of this.
 */
export interface RouteDefinition<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly method: Method;
  /** With the parameters in braces, e.g. `/api/v1/devices/{deviceId}`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** `open` needs no credential. */
  readonly access?: 'bearer' | 'open';
  /** Who may do it; unless told, viewers may read and operators do the rest. See {@link neededRole}. */
  readonly role?: Role;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: JsonBody<B> | XmlBody | StreamBody;
  /** Headers of the request that mean something here, for the document. */
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly example: string }>>;
  /** The request may carry an `Idempotency-Key`. */
  readonly idempotent?: boolean;
  /** The request may say in `If-Match` which version it means; its ETags are numbers, or else texts. */
  readonly conditional?: true | 'text';
  readonly responses: Readonly<Record<number, ResponseDefinition>>;
  /** Besides those that every route of its kind can answer with. */
  readonly problems?: readonly ProblemCode[];
  readonly handle: (input: RouteInput<z.output<P>, z.output<Q>, z.output<B>>) => Promise<RouteReply>;
}

export interface JsonBody<B extends z.ZodType> {
  readonly kind: 'json';
  readonly schema: B;
  readonly mediaTypes?: readonly string[];
  readonly examples: Readonly<Record<string, z.input<B>>>;
}

export interface XmlBody {
  readonly kind: 'xml';
  readonly maxBytes: number;
  readonly example: string;
}

/** A body of any length, which is read as it comes. */
export interface StreamBody {
  readonly kind: 'stream';
  /** By media type. */
  readonly examples: Readonly<Record<string, string>>;
}

/** A {@link StreamBody} as it arrives. */
export interface Upload {
  readonly mediaType: string;
  /** Without its Content-Encoding. Throws HttpProblem `body-incomplete` when it breaks off. */
  readonly octets: AsyncIterable<Uint8Array>;
}

export interface ResponseDefinition {
  readonly description: string;
  /** Absent: no body. */
  readonly content?: { readonly mediaType: string; readonly schema?: z.ZodType; readonly example: unknown };
  /** The same in other media types, when the request asks for them. */
  readonly alternatives?: readonly { readonly mediaType: string; readonly example: string }[];
  /** Name → description. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  /** Of a JSON body. */
  readonly body: B;
  /** Of an XML body. */
  readonly octets: Uint8Array;
  /** Of a body that is read as it comes; other routes find nothing in it. */
  readonly upload: Upload;
  /** Who the request comes from. A route that is open has no use for it. */
  readonly principal: Principal;
  /** As `If-Match` says it; undefined: whichever it is. Only where the route is {@link RouteDefinition.conditional}. */
  readonly version: number | undefined;
  /** The same where ETags are texts. */
  readonly revision: string | undefined;
  /** With a cookie: the session it stands for. */
  readonly session: KnownSession | undefined;
  readonly connection: ClientConnection;
  /** Which of these media types the request would rather have (Accept); the first where it does not mind. */
  readonly preferred: (types: readonly string[]) => string | undefined;
  /** One of the request's headers; undefined when it has none of that name. */
  readonly header: (name: string) => string | undefined;
}

export interface RouteReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object becomes JSON; text, octets and streams of octets go out as `contentType`. */
  readonly body?: object | string | Uint8Array | Readable;
  readonly contentType?: string;
  /** Who it turned out to be, on a route that asks nobody before. */
  readonly principal?: Principal;
}

/** A {@link RouteDefinition} whose types have done their work. */
export type Route = Omit<RouteDefinition<z.ZodType, z.ZodType, z.ZodType>, 'handle'> & {
  /** Validates, then handles. @throws HttpProblem `request-invalid` with every fault */
  readonly prepare: (raw: RawInput) => () => Promise<RouteReply>;
};

export interface RawInput
  extends Omit<RouteInput<unknown, unknown, unknown>, 'params' | 'query' | 'body' | 'upload' | 'version' | 'revision'> {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly upload?: Upload | undefined;
}

export function defineRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  definition: RouteDefinition<P, Q, B>,
): Route {
  const { handle, ...rest } = definition;
  const prepare = (raw: RawInput) => {
    const faults: RequestFault[] = [];
    const params = check(definition.params, raw.params, 'path', faults);
    const query = check(definition.query ?? NO_QUERY, raw.query, 'query', faults);
    const body = definition.body?.kind === 'json' ? check(definition.body.schema, raw.body, 'body', faults) : undefined;
    const meant = definition.conditional && meantBy(raw.header('If-Match'), definition.conditional, faults);
    const version = definition.conditional === true && meant !== undefined ? Number(meant) : undefined;
    const revision = definition.conditional === 'text' ? meant : undefined;
    if (faults.length > 0) throw invalidRequest(faults);
    const input = { ...raw, upload: raw.upload ?? NO_UPLOAD, params, query, body, version, revision } as RouteInput<
      z.output<P>,
      z.output<Q>,
      z.output<B>
    >;
    return () => handle(input);
  };
  return { ...rest, prepare } as Route;
}

/** The role that a route asks for; undefined: it is open to anybody. */
export function neededRole({ access, role, method }: Pick<Route, 'access' | 'role' | 'method'>): Role | undefined {
  if (access === 'open') return undefined;
  return role ?? (method === 'get' ? 'viewer' : 'operator');
}

/** One thing that is wrong with a request. */
export interface RequestFault {
  readonly in: 'path' | 'query' | 'header' | 'body';
  /** RFC 6901, into the body, or `/name` of a parameter. */
  readonly pointer: string;
  readonly detail: string;
}

const NO_QUERY = z.strictObject({});
const NO_UPLOAD: Upload = { mediaType: '', octets: (async function* () {})() };
/** More would help nobody. */
const MAX_FAULTS = 50;

function check(
  schema: z.ZodType | undefined,
  raw: unknown,
  place: RequestFault['in'],
  faults: RequestFault[],
): unknown {
  if (schema === undefined) return undefined;
  const outcome = schema.safeParse(raw);
  if (outcome.success) return outcome.data;
  for (const issue of outcome.error.issues.flatMap(unfolded)) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        faults.push({ in: place, pointer: pointer([...issue.path, key]), detail: 'Nothing of that name is taken.' });
      }
    } else {
      faults.push({ in: place, pointer: pointer(issue.path), detail: issue.message });
    }
  }
  return undefined;
}

const ETAGS = {
  number: { form: /^\s*"([1-9]\d{0,8})"\s*$/, example: '"3"' },
  text: { form: /^\s*"([\w-]{1,64})"\s*$/, example: '"hYtN7c0Zr4n5vQ0pJmBz"' },
} as const;

/** Of an ETag as this server gives them out. A star, or no header, means whichever version there is. */
function meantBy(ifMatch: string | undefined, kind: true | 'text', faults: RequestFault[]): string | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const { form, example } = ETAGS[kind === true ? 'number' : 'text'];
  const [, meant] = form.exec(ifMatch) ?? [];
  if (meant === undefined) {
    faults.push({ in: 'header', pointer: '/If-Match', detail: `Expected an ETag of this server, e.g. ${example}.` });
  }
  return meant;
}

/** Of a value that fits none of several shapes: what is wrong with the one that fits best, if that is inside it. */
function unfolded(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const depth = (one: z.core.$ZodIssue): number => one.path.length + (one.code === 'unrecognized_keys' ? 1 : 0);
  const branches = issue.errors.map((issues) => issues.flatMap(unfolded));
  const best = branches.find((issues) => issues.length > 0 && issues.every((one) => depth(one) > 0));
  return best?.map((one) => ({ ...one, path: [...issue.path, ...one.path] })) ?? [issue];
}

function invalidRequest(faults: readonly RequestFault[]): HttpProblem {
  const [first] = faults;
  const where =
    first === undefined ? '' : `: ${first.in} ${first.pointer === '' ? '(whole)' : first.pointer}: ${first.detail}`;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return new HttpProblem('request-invalid', `The request does not fit its description${where}${more}`, {
    members: { errors: faults.slice(0, MAX_FAULTS) },
  });
}

function pointer(path: readonly PropertyKey[]): string {
  return path
    .map((segment) => `/${String(segment).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
