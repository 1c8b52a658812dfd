/** Every refusal a caller can get, by name. The REST adapter maps each to an HTTP status, exhaustively. */
export type AppErrorCode =
  | 'device-unknown'
  | 'device-exists'
  | 'device-has-open-deliveries'
  | 'auth-not-allowed'
  | 'account-incomplete'
  | 'attributes-too-many'
  | 'filter-invalid'
  | 'filter-unknown'
  | 'filter-exists'
  | 'version-stale'
  | 'import-unknown'
  | 'import-too-large'
  | 'bootstrap-impossible'
  | 'package-unknown'
  | 'package-faulty'
  | 'package-in-use'
  | 'package-kind-unsuitable'
  | 'delivery-unknown'
  | 'delivery-ended'
  | 'tree-job-unknown'
  | 'tree-job-ended'
  | 'description-unknown'
  | 'description-faulty'
  | 'description-for-nobody'
  | 'package-unsuitable'
  | 'loc-uri-unsuitable'
  | 'tree-unknown'
  | 'tree-too-large'
  | 'acl-unsuitable'
  | 'session-unknown'
  | 'push-unknown'
  | 'push-ended'
  | 'link-unknown'
  | 'link-exists'
  | 'link-fixed'
  | 'link-unsuitable'
  | 'object-unknown'
  | 'ota-unknown'
  | 'ota-nobody'
  | 'manual-impossible'
  | 'security-unsuitable'
  | 'push-too-large'
  | 'trigger-impossible'
  | 'variables-missing'
  | 'variables-unknown'
  | 'variables-clashing'
  | 'variables-unsuitable'
  | 'expiry-past'
  | 'key-unknown'
  | 'user-unknown'
  | 'user-exists'
  | 'last-admin'
  | 'sign-in-refused'
  | 'attempts-limited'
  | 'webhook-unknown'
  | 'webhook-message-unknown'
  | 'webhook-url-unsuitable'
  | 'cursor-invalid'
  | 'campaign-unknown'
  | 'campaign-state'
  | 'campaign-faulty'
  | 'confirmation-needed'
  | 'approval-missing'
  | 'approval-by-author'
  | 'nothing-failed'
  | 'wave-unknown'
  | 'wave-ended'
  | 'target-unknown'
  | 'idempotency-key-reused'
  | 'idempotency-in-progress'
  | 'unavailable';

/** A refusal: the caller asked for something that cannot be. Carries no HTTP status. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: AppErrorCode;
  /** Machine-readable particulars, e.g. `{faults: […]}`. Never secrets. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: AppErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}
