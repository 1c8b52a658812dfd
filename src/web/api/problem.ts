/** One thing that is wrong with a request, as the server says it. */
export interface RequestFault {
  readonly in: string;
  /** RFC 6901. */
  readonly pointer: string;
  readonly detail: string;
}

/** What the server says when it does not do something (RFC 9457). */
export interface ProblemDocument {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId?: string;
  readonly errors?: readonly RequestFault[];
  readonly [member: string]: unknown;
}

/** The server's refusal, thrown. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly document: ProblemDocument;

  constructor(document: ProblemDocument) {
    super(document.detail);
    this.document = document;
  }

  get code(): string {
    return this.document.code;
  }

  get status(): number {
    return this.document.status;
  }
}

/** There was no answer, or none of ours: the network or the server is away. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** Whether an error is a refusal of that code. */
export function isProblem(error: unknown, code: string): error is ApiProblem {
  return error instanceof ApiProblem && error.code === code;
}

/**
 * The faults of a refused request by the field of the form they belong to: `/dm/client/username` of the body is the field
 * `dm.client.username`.
 * @param fieldOf fields for refusals that name none, by code
 */
export function fieldFaults(error: unknown, fieldOf: Readonly<Record<string, string>> = {}): Record<string, string> {
  if (!(error instanceof ApiProblem)) return {};
  const field = fieldOf[error.code];
  if (field !== undefined) return { [field]: error.document.detail };
  const faults: Record<string, string> = {};
  for (const { in: place, pointer, detail } of error.document.errors ?? []) {
    if (place === 'body') faults[fieldPath(pointer)] ??= detail;
  }
  return faults;
}

function fieldPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
}
