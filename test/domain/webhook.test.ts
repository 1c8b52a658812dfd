import { describe, expect, it } from 'vitest';
import {
  decideWebhook,
  formatWebhookSecret,
  WEBHOOK_MAX_ATTEMPTS,
  type WebhookOutcome,
  webhookHeaders,
  webhookPauseMs,
} from '../../src/domain/webhook.ts';

const answered = (status: number, retryAfterMs?: number): WebhookOutcome => ({
  kind: 'answered',
  status,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

describe('the signature of a message', () => {
  it('is the one that the libraries of Standard Webhooks expect', () => {
    // The example with which those libraries test themselves.
    const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    const at = new Date(1_614_265_330_999);
    expect(webhookHeaders(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', at, '{"test": 2432232314}')).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
    expect(formatWebhookSecret(secret)).toBe('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  });

  it('changes with the id, the time, the body and the secret', () => {
    const at = new Date(0);
    const of = (secret: number, id: string, time: Date, body: string) =>
      webhookHeaders(Uint8Array.of(secret), id, time, body)['webhook-signature'];
    const signatures = [
      of(1, 'a', at, 'b'),
      of(2, 'a', at, 'b'),
      of(1, 'c', at, 'b'),
      of(1, 'a', new Date(1_000), 'b'),
      of(1, 'a', at, 'c'),
    ];
    expect(new Set(signatures).size).toBe(5);
  });
});

describe('what becomes of a message', () => {
  it.each([200, 202, 204])('is delivered with %i', (status) => {
    expect(decideWebhook(answered(status), 1, 0.5)).toEqual({ state: 'delivered' });
  });

  it.each([
    ['a redirection', answered(302)],
    ['a refusal', answered(400)],
    ['a fault', answered(500)],
    ['no answer', { kind: 'failed', reason: 'x' } as const],
  ])('waits after %s', (_, outcome) => {
    expect(decideWebhook(outcome, 1, 0.5)).toEqual({ state: 'pending', afterMs: 5_000 });
  });

  it('waits longer every time, spread by a fifth, and is dead after the last attempt', () => {
    const waits = Array.from({ length: WEBHOOK_MAX_ATTEMPTS - 1 }, (_, n) => {
      const [low, high] = [0, 0.999_999].map((random) => decideWebhook(answered(500), n + 1, random));
      if (low?.state !== 'pending' || high?.state !== 'pending') throw new Error('it does not wait');
      expect(high.afterMs / low.afterMs).toBeCloseTo(1.5, 2);
      return low.afterMs;
    });
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(new Set(waits).size).toBe(waits.length);
    expect(decideWebhook(answered(500), WEBHOOK_MAX_ATTEMPTS, 0)).toEqual({ state: 'dead' });
  });

  it('waits as long as the receiver asks, within reason', () => {
    expect(decideWebhook(answered(429, 60_000), 1, 0.5)).toEqual({ state: 'pending', afterMs: 60_000 });
    expect(decideWebhook(answered(429, 1), 1, 0.5)).toEqual({ state: 'pending', afterMs: 5_000 });
    expect(decideWebhook(answered(503, 10 ** 12), 1, 0.5)).toEqual({ state: 'pending', afterMs: 43_200_000 });
  });

  it('is dead at once when the receiver is gone', () => {
    expect(decideWebhook(answered(410), 1, 0.5)).toEqual({ state: 'dead' });
  });
});

describe('a receiver that fails', () => {
  it('is left alone after a few failures in a row, for longer and longer, for an hour at most', () => {
    const pauses = [1, 2, 3, 4, 5, 50].map((failures) => webhookPauseMs(failures, 0.5));
    expect(pauses).toEqual([0, 0, 5_000, 10_000, 20_000, 3_600_000]);
  });
});
