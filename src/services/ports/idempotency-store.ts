/** A request that its sender may repeat without it being carried out twice (the `Idempotency-Key` header). */
export interface IdempotentRequest {
  /** What the key is unique within, e.g. `POST /api/v1/deliveries`. */
  readonly scope: string;
  /** The sender's choice, 1 to 255 printable ASCII characters. */
  readonly key: string;
  /** A keyed digest of the whole request; the same key with another one is a mistake of the sender. */
  readonly fingerprint: string;
  /** A fresh id for this try: only its holder may finish or abandon it. */
  readonly claimId: string;
}

/** A response as it went out; no secret is ever in one. */
export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
}

export type IdempotencyStart =
  /** Nobody has used the key, or it was abandoned, or has run out: carry the request out. */
  | { readonly kind: 'fresh' }
  /** Carried out before: answer this again. */
  | { readonly kind: 'finished'; readonly response: StoredResponse }
  /** The first try has not ended, and its lease is not over. */
  | { readonly kind: 'in-progress' }
  /** The key was used for another request. */
  | { readonly kind: 'mismatch' };

/**
 * Remembers responses by key, for all server processes together. `begin` is atomic: of two at once with the same scope
 * and key only one is `fresh`.
 */
export interface IdempotencyStore {
  /**
   * @param leaseUntil until then the request counts as being carried out; a process that died leaves it free afterwards
   */
  begin(request: IdempotentRequest, now: Date, leaseUntil: Date): Promise<IdempotencyStart>;
  /** Keeps the response until `keepUntil`. Does nothing when the claim is no longer the current one. */
  finish(request: IdempotentRequest, response: StoredResponse, keepUntil: Date): Promise<void>;
  /** The request changed nothing: the key is free again. Does nothing when the claim is no longer the current one. */
  abandon(request: IdempotentRequest): Promise<void>;
  /** Removes what ran out; at most `limit`. Returns how many. */
  expire(now: Date, limit: number): Promise<number>;
}
