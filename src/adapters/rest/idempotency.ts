import { createHmac, randomUUID } from 'node:crypto';
import type { Context } from 'koa';
import { AppError } from '../../services/app-error.ts';
import type { Clock } from '../../services/ports/clock.ts';
import type { IdempotencyStore, IdempotentRequest } from '../../services/ports/idempotency-store.ts';
import { HttpProblem } from './problem.ts';
import type { RouteReply } from './route.ts';

export interface IdempotencyOptions {
  readonly store: IdempotencyStore;
  readonly clock: Clock;
  /**
   * Keys the digest of requests, so that what is stored tells nothing about the passwords in them. The same in every
   * process.
   */
  readonly fingerprintKey: Uint8Array;
}

/** After that long without an end, the process that carried the request out counts as dead. */
const LEASE_MS = 60_000;
const KEEP_MS = 24 * 3_600_000;

/**
 * Carries a request out once for each `Idempotency-Key`, and answers a repeat with the first answer.
 *
 * Only successes are kept: a refusal changed nothing, so a repeat may fare better. When the process dies between the
 * change and the end of the request, a repeat after the lease is carried out anew.
 *
 * @param run does the work; not called for a repeat
 * @param onLost told when the answer could not be kept (the request itself succeeded)
 * @throws AppError `idempotency-key-reused`, `idempotency-in-progress`; HttpProblem `request-invalid`
 */
export async function once(
  ctx: Context,
  options: IdempotencyOptions,
  run: () => Promise<RouteReply>,
  onLost: (error: unknown) => void,
): Promise<RouteReply> {
  const key = ctx.get('Idempotency-Key');
  if (key === '') return run();
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new HttpProblem('request-invalid', 'An Idempotency-Key is 1 to 255 printable ASCII characters.', {
      members: { errors: [{ in: 'header', pointer: '/Idempotency-Key', detail: 'Not printable ASCII, or too long.' }] },
    });
  }
  const { store, clock } = options;
  const now = clock.now();
  const request: IdempotentRequest = {
    scope: `${ctx.method} ${ctx.path}`,
    key,
    fingerprint: fingerprint(ctx, options.fingerprintKey),
    claimId: randomUUID(),
  };
  const start = await store.begin(request, now, new Date(now.getTime() + LEASE_MS));
  switch (start.kind) {
    case 'finished': {
      const { status, headers, body } = start.response;
      return { status, headers: { ...headers, 'Idempotency-Replayed': 'true' }, body, contentType: 'application/json' };
    }
    case 'mismatch':
      throw new AppError('idempotency-key-reused', 'This Idempotency-Key came with another request before.');
    case 'in-progress':
      throw new AppError('idempotency-in-progress', 'The first request of this Idempotency-Key is still being done.');
    case 'fresh':
      break;
  }
  let reply: RouteReply;
  try {
    reply = await run();
  } catch (error) {
    await store.abandon(request).catch(onLost);
    throw error;
  }
  const response = { status: reply.status, headers: reply.headers ?? {}, body: JSON.stringify(reply.body ?? null) };
  await store.finish(request, response, new Date(clock.now().getTime() + KEEP_MS)).catch(onLost);
  return reply;
}

function fingerprint(ctx: Context, key: Uint8Array): string {
  const body = ctx.request.rawBody as string | Uint8Array | null | undefined;
  return createHmac('sha256', key)
    .update(`${ctx.method} ${ctx.url}\n${ctx.request.type}\n`)
    .update(body ?? '')
    .digest('base64url');
}
