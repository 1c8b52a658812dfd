import { describe, expect, it } from 'vitest';
import {
  CAMPAIGN_STATES,
  canMoveCampaign,
  canMoveTarget,
  canMoveWave,
  isFinalTarget,
  NO_TARGETS,
  TARGET_STATES,
  type TargetCounts,
  takesAction,
  type WaveState,
} from '../../src/domain/campaign.ts';
import { type CampaignStanding, dueMoves } from '../../src/domain/campaign-moves.ts';
import { termFaults } from '../../src/domain/campaign-terms.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const LATER = new Date('2026-11-22T13:00:00Z');
const EARLIER = new Date('2026-11-22T11:00:00Z');

function standing(
  waves: readonly (readonly [WaveState, Partial<TargetCounts>])[],
  more: Partial<CampaignStanding> = {},
): CampaignStanding {
  return {
    state: 'running',
    membership: 'fixed',
    isComplete: true,
    isRetrying: false,
    thresholds: { successPercent: 80, errorPercent: 50, errorMinimum: 2 },
    waves: waves.map(([state, counts], index) => ({
      wave: index + 1,
      state,
      counts: { ...NO_TARGETS, ...counts },
      pardon: { failed: 0, finished: 0 },
    })),
    ...more,
  };
}

describe('what has come due in a campaign', () => {
  it('is its start, once its time has come', () => {
    const scheduled = standing([['waiting', {}]], { state: 'scheduled', startAt: LATER });
    expect(dueMoves(scheduled, NOW)).toEqual([]);
    expect(dueMoves({ ...scheduled, startAt: EARLIER }, NOW)).toEqual([{ kind: 'start' }]);
    expect(dueMoves({ ...scheduled, startAt: EARLIER, endAt: EARLIER }, NOW)).toEqual([
      { kind: 'stop', reason: 'end-time' },
    ]);
  });

  it('is the first wave, and the next one after its success', () => {
    expect(
      dueMoves(
        standing([
          ['waiting', { waiting: 5 }],
          ['waiting', { waiting: 5 }],
        ]),
        NOW,
      ),
    ).toEqual([{ kind: 'open-wave', wave: 1 }]);
    expect(
      dueMoves(
        standing([
          ['open', { waiting: 2, succeeded: 3 }],
          ['waiting', { waiting: 5 }],
        ]),
        NOW,
      ),
    ).toEqual([]);
    expect(
      dueMoves(
        standing([
          ['open', { triggered: 1, succeeded: 4 }],
          ['waiting', { waiting: 5 }],
        ]),
        NOW,
      ),
    ).toEqual([{ kind: 'open-wave', wave: 2 }]);
    expect(
      dueMoves(
        standing([
          ['open', { failed: 1, succeeded: 4 }],
          ['waiting', { waiting: 5 }],
        ]),
        NOW,
      ),
    ).toEqual([
      { kind: 'complete-wave', wave: 1 },
      { kind: 'open-wave', wave: 2 },
    ]);
  });

  it('is a pause and nothing else when a wave fails', () => {
    const failing = standing([
      ['completed', { succeeded: 5 }],
      ['open', { waiting: 8, failed: 2 }],
      ['waiting', {}],
    ]);
    expect(dueMoves(failing, NOW)).toMatchObject([{ kind: 'pause', reason: 'error-threshold', wave: 2 }]);
  });

  it('is a pause when the counts cannot be told', () => {
    expect(
      dueMoves(
        standing([
          ['open', { waiting: Number.NaN }],
          ['waiting', {}],
        ]),
        NOW,
      ),
    ).toMatchObject([{ kind: 'pause', reason: 'thresholds-unknown', wave: 1 }]);
  });

  it('is its end when every wave is through and nothing is under way', () => {
    expect(
      dueMoves(
        standing([
          ['completed', { succeeded: 5 }],
          ['open', { succeeded: 4, failed: 1 }],
        ]),
        NOW,
      ),
    ).toEqual([{ kind: 'complete-wave', wave: 2 }, { kind: 'complete' }]);
    expect(
      dueMoves(
        standing([
          ['skipped', { delivering: 1 }],
          ['open', { succeeded: 5 }],
        ]),
        NOW,
      ),
    ).toEqual([{ kind: 'complete-wave', wave: 2 }]);
  });

  it('passes over a wave that is skipped', () => {
    expect(
      dueMoves(
        standing([
          ['skipped', { skipped: 5 }],
          ['waiting', { waiting: 5 }],
        ]),
        NOW,
      ),
    ).toEqual([{ kind: 'open-wave', wave: 2 }]);
  });

  it('is never the end while devices may still join, but for the end time', () => {
    const dynamic = standing([['open', { succeeded: 5 }]], { membership: 'dynamic' });
    expect(dueMoves(dynamic, NOW)).toEqual([]);
    expect(dueMoves({ ...dynamic, endAt: EARLIER }, NOW)).toEqual([
      { kind: 'complete-wave', wave: 1 },
      { kind: 'complete' },
    ]);
  });

  it('is a stop at the end time when something is left, paused or not', () => {
    const open = standing([['open', { waiting: 1, succeeded: 4 }]], { endAt: EARLIER });
    expect(dueMoves(open, NOW)).toEqual([{ kind: 'stop', reason: 'end-time' }]);
    expect(dueMoves({ ...open, state: 'paused' }, NOW)).toEqual([{ kind: 'stop', reason: 'end-time' }]);
  });

  it('is nothing while it is paused, over, or putting targets back', () => {
    const ready = standing([['waiting', { waiting: 5 }]]);
    for (const state of ['draft', 'paused', 'completed', 'stopped'] as const) {
      expect(dueMoves({ ...ready, state }, NOW)).toEqual([]);
    }
    expect(dueMoves({ ...ready, isRetrying: true }, NOW)).toEqual([]);
  });
});

describe('the machines of a campaign', () => {
  it('end where nothing follows, and never begin again as a draft', () => {
    for (const state of CAMPAIGN_STATES) {
      expect(canMoveCampaign('stopped', state)).toBe(false);
      expect(canMoveCampaign(state, 'draft')).toBe(false);
    }
    expect(TARGET_STATES.filter(isFinalTarget)).toEqual(['succeeded', 'failed', 'expired', 'cancelled', 'skipped']);
    expect(TARGET_STATES.filter((state) => canMoveTarget(state, 'waiting'))).toEqual([
      'triggered',
      'delivering',
      'failed',
      'expired',
    ]);
    expect(canMoveWave('skipped', 'open')).toBe(false);
  });

  it('take what people do only where it means something', () => {
    expect(CAMPAIGN_STATES.filter((state) => takesAction(state, 'resume'))).toEqual(['paused']);
    expect(CAMPAIGN_STATES.filter((state) => takesAction(state, 'delete'))).toEqual(['draft', 'completed', 'stopped']);
  });
});

describe('the terms of a campaign', () => {
  const good = {
    membership: 'fixed',
    waves: [{}],
    thresholds: { successPercent: 90 },
    timeoutMs: 60_000,
    priority: 2,
    conflict: 'wait',
  } as const;

  it('are told everything that is wrong with them, and where', () => {
    expect(termFaults(good, NOW)).toEqual([]);
    const bad = {
      ...good,
      waves: [{ percent: 50 }, { percent: 40 }],
      thresholds: { successPercent: 101, errorPercent: 0, errorCount: 0 },
      rate: { perMinute: 0, growth: { factor: 1, perSuccesses: 0, maxPerMinute: -1 } },
      windows: { timeZone: 'device', spans: [] },
      retry: { maxAttempts: 0, on: ['silent', 'never'], firstMs: 1, maxMs: 0 },
      startAt: LATER,
      endAt: LATER,
      timeoutMs: 1,
    };
    expect(termFaults(bad, NOW).map(({ pointer }) => pointer)).toEqual([
      '/waves',
      '/thresholds/successPercent',
      '/thresholds/errorPercent',
      '/thresholds/errorCount',
      '/rate/perMinute',
      '/rate/growth/factor',
      '/rate/growth/perSuccesses',
      '/rate/growth/maxPerMinute',
      '/windows/otherwise',
      '/windows/spans',
      '/retry/maxAttempts',
      '/retry/on/1',
      '/retry/firstMs',
      '/retry/maxMs',
      '/retry/silentMs',
      '/endAt',
      '/timeoutMs',
    ]);
  });
});
