import type {
  IdempotencyStart,
  IdempotencyStore,
  IdempotentRequest,
  StoredResponse,
} from '../../src/services/ports/idempotency-store.ts';

interface Row {
  readonly fingerprint: string;
  readonly claimId: string;
  readonly until: Date;
  readonly response?: StoredResponse;
}

export class MemoryIdempotencyStore implements IdempotencyStore {
  readonly rows = new Map<string, Row>();

  async begin(request: IdempotentRequest, now: Date, leaseUntil: Date): Promise<IdempotencyStart> {
    const row = this.rows.get(nameOf(request));
    if (row === undefined || row.until <= now) {
      const { fingerprint, claimId } = request;
      this.rows.set(nameOf(request), { fingerprint, claimId, until: leaseUntil });
      return { kind: 'fresh' };
    }
    if (row.fingerprint !== request.fingerprint) return { kind: 'mismatch' };
    return row.response === undefined ? { kind: 'in-progress' } : { kind: 'finished', response: row.response };
  }

  async finish(request: IdempotentRequest, response: StoredResponse, keepUntil: Date): Promise<void> {
    const row = this.rows.get(nameOf(request));
    if (row?.claimId === request.claimId) this.rows.set(nameOf(request), { ...row, response, until: keepUntil });
  }

  async abandon(request: IdempotentRequest): Promise<void> {
    if (this.rows.get(nameOf(request))?.claimId === request.claimId) this.rows.delete(nameOf(request));
  }

  async expire(now: Date, limit: number): Promise<number> {
    const over = [...this.rows].filter(([, { until }]) => until <= now).slice(0, limit);
    for (const [name] of over) this.rows.delete(name);
    return over.length;
  }
}

function nameOf({ scope, key }: IdempotentRequest): string {
  return `${scope}\n${key}`;
}
