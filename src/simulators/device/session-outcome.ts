/** How a session ended. Only `completed` is a success. */
export type SessionEnd =
  /** The server had nothing more to say. */
  | 'completed'
  /** The server did not take our credentials. */
  | 'client-not-authenticated'
  /** The server could not prove who it is. */
  | 'server-not-authenticated'
  | 'aborted-by-server'
  | 'aborted-by-device'
  /** The server answered the header with another refusal, e.g. 404 or 513. */
  | 'refused'
  /** No answer, however often the message was sent. */
  | 'unreachable'
  /** The answer was none that a DM server may give. */
  | 'protocol-error';

export interface SessionOutcome {
  readonly sessionId: string;
  readonly end: SessionEnd;
  /** In words, when it did not end well. */
  readonly reason?: string;
  /** The server's status for our header when it refused us. */
  readonly status?: number;
  readonly clientAuthenticated: boolean;
  readonly serverAuthenticated: boolean;
  /** Messages of ours, each counted once. */
  readonly messages: number;
  /** HTTP requests, repetitions included. */
  readonly posts: number;
  /** Items of commands carried out (or tried and failed). */
  readonly executed: number;
  /** Where the server broke the protocol without harm, in words. */
  readonly complaints: readonly string[];
}

/** Ends a session from wherever it is. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
  readonly end: SessionEnd;
  readonly status: number | undefined;

  constructor(end: SessionEnd, reason = '', status?: number) {
    super(reason);
    this.end = end;
    this.status = status;
  }
}
