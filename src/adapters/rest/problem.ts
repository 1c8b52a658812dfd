import { AppError, type AppErrorCode } from '../../services/app-error.ts';

/** Refusals that only HTTP knows. */
export type HttpProblemCode =
  | 'unauthorized'
  | 'role-insufficient'
  | 'csrf-token-missing'
  | 'not-a-user'
  | 'route-unknown'
  | 'method-not-allowed'
  | 'body-malformed'
  | 'body-incomplete'
  | 'body-too-large'
  | 'media-type-unsupported'
  | 'request-invalid'
  | 'internal-error';

export type ProblemCode = AppErrorCode | HttpProblemCode;

interface ProblemRow {
  readonly status: number;
  readonly title: string;
}

/** Every problem this API can answer with. Leaving one out does not compile. */
export const PROBLEMS = {
  'device-unknown': { status: 404, title: 'No such device' },
  'device-exists': { status: 409, title: 'A device of that deviceId is registered already' },
  'device-has-open-deliveries': { status: 409, title: 'The device still has open deliveries' },
  'auth-not-allowed': { status: 422, title: 'Credentials of that kind are not allowed' },
  'account-incomplete': { status: 422, title: 'The DM account lacks a part' },
  'attributes-too-many': { status: 422, title: 'The device would have too many attributes' },
  'import-unknown': { status: 404, title: 'No such import' },
  'import-too-large': { status: 413, title: 'The file is too large' },
  'filter-unknown': { status: 404, title: 'No such filter' },
  'filter-exists': { status: 409, title: 'A filter of that name is there already' },
  'version-stale': { status: 412, title: 'It has been changed since' },
  'filter-invalid': { status: 400, title: 'The filter cannot be read' },
  'bootstrap-impossible': { status: 422, title: 'The device cannot be bootstrapped like this' },
  'package-unknown': { status: 404, title: 'No such package' },
  'package-faulty': { status: 422, title: 'The document has faults' },
  'package-in-use': { status: 409, title: 'Deliveries or campaigns refer to the package' },
  'package-kind-unsuitable': { status: 422, title: 'The package is of the wrong kind' },
  'delivery-unknown': { status: 404, title: 'No such delivery' },
  'delivery-ended': { status: 409, title: 'The delivery has ended' },
  'tree-job-unknown': { status: 404, title: 'No such tree job' },
  'tree-job-ended': { status: 409, title: 'The tree job has ended' },
  'description-unknown': { status: 404, title: 'No such device description' },
  'description-faulty': { status: 422, title: 'The device description has faults' },
  'description-for-nobody': { status: 422, title: 'Nobody says which devices it describes' },
  'package-unsuitable': { status: 422, title: 'The device would refuse parts of the package' },
  'tree-unknown': { status: 404, title: 'Nothing is known of that part of the tree' },
  'tree-too-large': { status: 422, title: 'More nodes than one document holds' },
  'loc-uri-unsuitable': { status: 422, title: 'The LocURI names no node' },
  'acl-unsuitable': { status: 422, title: 'The change of an access control list cannot be made' },
  'session-unknown': { status: 404, title: 'No such session' },
  'push-unknown': { status: 404, title: 'No such push' },
  'push-ended': { status: 409, title: 'The push is sent, or has ended' },
  'link-unknown': { status: 404, title: 'No such link' },
  'link-exists': { status: 409, title: 'A link of that name is there already' },
  'link-fixed': { status: 409, title: 'The link is set by SMPP_URL' },
  'link-unsuitable': { status: 422, title: 'Settings of a link that contradict one another' },
  'object-unknown': { status: 404, title: 'No such object' },
  'ota-unknown': { status: 404, title: 'No such send' },
  'ota-nobody': { status: 422, title: 'Every recipient is refused' },
  'manual-impossible': { status: 409, title: 'There are no settings to tell' },
  'security-unsuitable': { status: 422, title: 'A push of that kind has no PIN' },
  'push-too-large': { status: 422, title: 'The push takes too many short messages' },
  'trigger-impossible': { status: 422, title: 'The device cannot be triggered' },
  'variables-missing': { status: 422, title: 'Variables without a value' },
  'variables-unknown': { status: 422, title: 'Variables the package does not have' },
  'variables-clashing': { status: 422, title: "Values that contradict the device's record" },
  'variables-unsuitable': { status: 422, title: 'Values that do not fit their place' },
  'expiry-past': { status: 422, title: 'The expiry is in the past' },
  'key-unknown': { status: 404, title: 'No such API key' },
  'user-unknown': { status: 404, title: 'No such user' },
  'user-exists': { status: 409, title: 'A user of that name is there already' },
  'last-admin': { status: 409, title: 'Nobody would be left who is an admin' },
  'sign-in-refused': { status: 401, title: 'The name or the password is wrong' },
  'attempts-limited': { status: 429, title: 'Too many attempts' },
  'webhook-unknown': { status: 404, title: 'No such webhook' },
  'webhook-message-unknown': { status: 404, title: 'No such message of a webhook' },
  'webhook-url-unsuitable': { status: 422, title: 'Events are not told to that address' },
  'cursor-invalid': { status: 400, title: 'The cursor is not one of this listing' },
  'campaign-unknown': { status: 404, title: 'No such campaign' },
  'campaign-state': { status: 409, title: 'The campaign is not in a state for this' },
  'campaign-faulty': { status: 422, title: 'The campaign has faults' },
  'confirmation-needed': { status: 409, title: 'So many devices have to be confirmed' },
  'approval-missing': { status: 409, title: 'The campaign is not approved' },
  'approval-by-author': { status: 409, title: 'Somebody else has to approve' },
  'nothing-failed': { status: 409, title: 'No target has failed' },
  'wave-unknown': { status: 404, title: 'No such wave' },
  'wave-ended': { status: 409, title: 'The wave has ended' },
  'target-unknown': { status: 404, title: 'No such target' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key was used for another request' },
  'idempotency-in-progress': { status: 409, title: 'The request of that idempotency key has not ended' },
  unavailable: { status: 503, title: 'Not available at the moment' },
  unauthorized: { status: 401, title: 'Valid credentials are needed' },
  'csrf-token-missing': { status: 403, title: 'The request does not show that it comes from the page' },
  'not-a-user': { status: 409, title: 'Only a user who is signed in can do that' },
  'role-insufficient': { status: 403, title: 'The role does not allow it' },
  'route-unknown': { status: 404, title: 'Nothing is here' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'body-malformed': { status: 400, title: 'The body is not JSON' },
  'body-incomplete': { status: 400, title: 'The body ended early' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'media-type-unsupported': { status: 415, title: 'The media type is not taken here' },
  'request-invalid': { status: 400, title: 'The request does not fit its description' },
  'internal-error': { status: 500, title: 'A fault of the server' },
} as const satisfies Record<ProblemCode, ProblemRow>;

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** A refusal by the HTTP side of things. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly code: HttpProblemCode;
  /** Members to add to the problem document. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: HttpProblemCode,
    message: string,
    more: {
      readonly members?: Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.members = more.members ?? {};
    this.headers = more.headers ?? {};
  }
}

/** RFC 9457. */
export interface ProblemDocument {
  /** Where the problem is described. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  /** In the log lines of the same request too. */
  readonly requestId: string;
  readonly [member: string]: unknown;
}

export interface ProblemResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly document: ProblemDocument;
  /** Set when it is our fault: to be logged, never shown. */
  readonly bug?: unknown;
}

export const PROBLEM_PATH = '/api/problems';

/** The one place where a thrown thing becomes an answer. */
export function problemResponse(error: unknown, requestId: string): ProblemResponse {
  if (error instanceof HttpProblem) {
    return respond(error.code, error.message, requestId, error.members, error.headers);
  }
  if (error instanceof AppError) {
    const waits = error.code === 'unavailable' || error.code === 'idempotency-in-progress';
    const { retryAfterSeconds = waits ? 1 : undefined } = error.details;
    const headers: Record<string, string> =
      retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
    const response = respond(error.code, error.message, requestId, error.details, headers);
    // Something stands behind it that an operator has to see: the database being away, say.
    return error.code === 'unavailable' ? { ...response, bug: error } : response;
  }
  const response = respond(
    'internal-error',
    `The server failed; its log says why under request id ${requestId}.`,
    requestId,
    {},
    {},
  );
  return { ...response, bug: error };
}

function respond(
  code: ProblemCode,
  detail: string,
  requestId: string,
  members: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
): ProblemResponse {
  const { status, title } = PROBLEMS[code];
  // The standard members come last: no particular may pass itself off as one of them.
  const document = { ...members, type: `${PROBLEM_PATH}/${code}`, title, status, detail, code, requestId };
  return { status, headers, document };
}
