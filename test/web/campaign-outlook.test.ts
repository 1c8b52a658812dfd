import { describe, expect, it } from 'vitest';
import type { Campaign, Progress, Timeline } from '../../src/web/pages/campaigns/campaign-types.ts';
import { sayDuration, sayWaves, termsOf } from '../../src/web/pages/campaigns/saying.ts';
import { pointsOf } from '../../src/web/pages/campaigns/timeline-points.ts';
import { leftMs, whatNext } from '../../src/web/pages/campaigns/what-next.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const NONE = { waiting: 0, triggered: 0, delivering: 0, succeeded: 0, failed: 0, expired: 0, cancelled: 0, skipped: 0 };
const campaign = (more: Partial<Campaign>): Campaign =>
  ({ state: 'running', thresholds: { successPercent: 90 }, membership: 'fixed', ...more }) as Campaign;
const wave = (no: number, more: Partial<Progress['waves'][number]>): Progress['waves'][number] => ({
  wave: no,
  state: 'open',
  counts: NONE,
  ...more,
});
const progress = (waves: Progress['waves'], more: Partial<Progress> = {}): Progress => {
  const counts: Record<string, number> = { ...NONE };
  for (const one of waves)
    for (const [state, n] of Object.entries(one.counts)) counts[state] = (counts[state] ?? 0) + n;
  return { id: '', state: 'running', targets: 0, isComplete: true, counts, waves, ...more } as Progress;
};
const said = (...given: Parameters<typeof whatNext>): readonly string[] => whatNext(...given).map((one) => one.said);

describe('what happens next to a campaign', () => {
  it('is how many have to succeed before the next wave opens, and how near it is to pausing itself', () => {
    const waves = [
      wave(1, { name: 'canary', counts: { ...NONE, succeeded: 12, failed: 3, waiting: 5 } }),
      wave(2, { state: 'waiting', counts: { ...NONE, waiting: 80 } }),
    ];
    const thresholds = { successPercent: 90, errorPercent: 25 };
    expect(said(campaign({ thresholds }), progress(waves), undefined, NOW)).toEqual([
      'Wave 2 opens when 18 devices of wave 1 (canary) (90 %) have succeeded; 12 have.',
      '3 of 15 finished devices have failed. From 20 finished on it pauses itself at 25 %.',
    ]);
    const soon = { ...thresholds, errorMinimum: 10 };
    expect(said(campaign({ thresholds: soon }), progress(waves), undefined, NOW)[1]).toBe(
      '3 of 15 finished devices have failed (20 %). It pauses itself at 25 %.',
    );
  });

  it('is the end of its last wave, its hours, its rate and its end', () => {
    const waves = [wave(1, { counts: { ...NONE, waiting: 1 } })];
    const opensAt = '2026-11-22T22:00:00Z';
    expect(whatNext(campaign({ endAt: opensAt }), progress(waves, { opensAt, perMinute: 60 }), undefined, NOW)).toEqual(
      [
        { tone: 'plain', said: 'Its hours are over: nothing is triggered until', at: opensAt },
        { tone: 'plain', said: 'Wave 1 ends when its last device is through.' },
        { tone: 'plain', said: '60 devices a minute are triggered.' },
        { tone: 'plain', said: 'Whatever happens, it ends', at: opensAt },
      ],
    );
    expect(said(campaign({ membership: 'dynamic' }), progress(waves), undefined, NOW)[0]).toContain('still join');
    expect(said(campaign({}), progress(waves, { isComplete: false, targets: 7 }), undefined, NOW)[0]).toBe(
      'Its devices are being gathered: 7 so far.',
    );
  });

  it('is why it has paused, in the words of the server, and what can be done', () => {
    const why = '5 of 5 finished targets have failed: 100 %, and 20 % are the limit.';
    const waves = [wave(1, { reason: why, counts: { ...NONE, failed: 5, triggered: 2 } })];
    const [first, ...others] = whatNext(
      campaign({ state: 'paused', reason: 'error-threshold' }),
      progress(waves),
      undefined,
      NOW,
    );
    expect(first).toEqual({ tone: 'warning', said: `It has paused itself in wave 1: ${why}` });
    expect(others.map((one) => one.said)).toEqual([
      'Resume it, and what has failed so far counts no more; or try the failed ones again; or stop it.',
      '2 devices that were triggered may still end by themselves.',
    ]);
    expect(said(campaign({ state: 'paused', reason: 'paused' }), progress([]), undefined, NOW)).toHaveLength(1);
  });

  it('is nothing more once it has ended, with those that were left out', () => {
    const waves = [wave(1, { counts: { ...NONE, succeeded: 5, cancelled: 3 } })];
    expect(said(campaign({ state: 'stopped', reason: 'end-time' }), progress(waves), undefined, NOW)).toEqual([
      'Its time was over. Nothing more is triggered.',
      '3 devices were left out.',
    ]);
    expect(said(campaign({ state: 'completed' }), progress(waves), undefined, NOW)[0]).toContain(
      'Nothing more happens',
    );
  });
});

const timeline = (buckets: Timeline['waves'][number]['buckets'], bucketMs = 60_000): Timeline => ({
  id: '',
  from: '2026-11-22T11:00:00.000Z',
  until: '2026-11-22T12:00:00.000Z',
  bucketMs,
  waves: [{ wave: 1, buckets }],
});

describe('the time that is left', () => {
  it('is told by what ended of late, and not when too little has', () => {
    const open = progress([wave(1, { counts: { ...NONE, succeeded: 120, waiting: 240 } })]);
    const late = timeline([
      { at: '2026-11-22T11:10:00.000Z', succeeded: 100, failed: 0 },
      { at: '2026-11-22T11:50:00.000Z', succeeded: 18, failed: 2 },
    ]);
    // 20 in the last twelve minutes, and 240 to go.
    expect(leftMs(open, late, NOW)).toBe(144 * 60_000);
    expect(leftMs(open, timeline([]), NOW)).toBeUndefined();
    expect(leftMs({ ...open, isComplete: false }, late, NOW)).toBeUndefined();
  });
});

describe('the points of a chart', () => {
  it('begin with nothing, go on where nothing changed, and end with all', () => {
    const points = pointsOf(
      timeline(
        [
          { at: '2026-11-22T11:20:00.000Z', succeeded: 5, failed: 1 },
          { at: '2026-11-22T11:40:00.000Z', succeeded: 2, failed: -1 },
        ],
        20 * 60_000,
      ),
      1,
    );
    expect(points.map(({ at, ...counts }) => [new Date(at).toISOString().slice(11, 16), counts])).toEqual([
      ['11:00', { succeeded: 0, failed: 0 }],
      ['11:20', { succeeded: 0, failed: 0 }],
      ['11:40', { succeeded: 5, failed: 1 }],
      ['12:00', { succeeded: 7, failed: 0 }],
      ['12:00', { succeeded: 7, failed: 0 }],
    ]);
    expect(pointsOf(undefined, 1)).toEqual([]);
  });
});

describe('the terms of a campaign in words', () => {
  it('say what is unusual, and leave out what is as always', () => {
    expect(sayWaves([{}])).toBe('All at once');
    expect(sayWaves([{ name: 'canary', percent: 5 }, { percent: 95 }])).toBe('5 % (canary), then 95 %');
    expect(sayWaves([{ filter: 'tags==x' }, {}])).toBe('tags==x, then the rest');
    expect(sayDuration(90_061_000)).toBe('1 d 1 h');
    expect(sayDuration(59_700)).toBe('1 min');
    const labels = termsOf({ waves: [{}], conflict: 'wait', priority: 2 }).map(({ label }) => label);
    expect(labels).toEqual(['Waves', 'Rate', 'Hours', 'Attempts']);
    expect(termsOf({ conflict: 'skip', priority: 9 }).map(({ said: one }) => one)).toEqual(
      expect.arrayContaining(['are left out', '9']),
    );
  });
});
