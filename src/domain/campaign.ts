/**
 * A campaign: one program for many devices.
 *
 *     draft ──start──▶ scheduled ──its time has come──▶ running ──every wave is through──▶ completed
 *       └─────────────start──────────────────────────────▲ │ ▲                                │
 *                         resume │        a threshold, or pause                       retry-failed
 *                                │                         │ └────────────────────────────────┘
 *                                └───────── paused ◀───────┘
 *     scheduled, running, paused ──stop, cancel, or the end time──▶ stopped
 *
 * `stopped`: nothing more is triggered; what devices have been triggered for may still end, unless it was cancelled.
 */
export const CAMPAIGN_STATES = ['draft', 'scheduled', 'running', 'paused', 'completed', 'stopped'] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

const NEXT: Readonly<Record<CampaignState, readonly CampaignState[]>> = {
  draft: ['scheduled', 'running'],
  scheduled: ['running', 'stopped'],
  running: ['paused', 'completed', 'stopped'],
  paused: ['running', 'stopped'],
  completed: ['running'],
  stopped: [],
};

/** May a campaign go from one state to the other? Staying is not a transition. */
export function canMoveCampaign(from: CampaignState, to: CampaignState): boolean {
  return NEXT[from].includes(to);
}

/** What people do to a campaign, and in which of its states. */
export const CAMPAIGN_ACTIONS = {
  edit: ['draft'],
  approve: ['draft'],
  start: ['draft'],
  pause: ['running'],
  resume: ['paused'],
  stop: ['scheduled', 'running', 'paused'],
  cancel: ['scheduled', 'running', 'paused', 'stopped'],
  'retry-failed': ['running', 'paused', 'completed'],
  'skip-wave': ['running', 'paused'],
  delete: ['draft', 'completed', 'stopped'],
} as const satisfies Readonly<Record<string, readonly CampaignState[]>>;
export type CampaignAction = keyof typeof CAMPAIGN_ACTIONS;

export function takesAction(state: CampaignState, action: CampaignAction): boolean {
  return (CAMPAIGN_ACTIONS[action] as readonly CampaignState[]).includes(state);
}

/**
 * A device in a campaign.
 *
 *     waiting ──dispatched──▶ triggered ──its session begins──▶ delivering ──▶ succeeded | failed | expired
 *       ▲ │                      │  ▲ └─ called back, silent ─┐    │
 *       │ └─▶ skipped, cancelled │  └─ triggered again        │    └─▶ cancelled
 *       ├────────────────────────┴─ failed, to be tried again ┘────┤
 *       └── retry-failed ── failed | expired                       │
 *       └──────────────────────────────────────────────────────────┘
 *
 * `triggered`: its delivery and the push before it are in the outbox. A document that is pushed has no session: it goes
 * from `triggered` to its end. Every trigger is an attempt of its own.
 */
export const TARGET_STATES = [
  'waiting',
  'triggered',
  'delivering',
  'succeeded',
  'failed',
  'expired',
  'cancelled',
  'skipped',
] as const;
export type TargetState = (typeof TARGET_STATES)[number];

const NEXT_OF_TARGET: Readonly<Record<TargetState, readonly TargetState[]>> = {
  waiting: ['triggered', 'cancelled', 'skipped', 'failed'],
  triggered: ['waiting', 'delivering', 'succeeded', 'failed', 'expired', 'cancelled'],
  delivering: ['waiting', 'succeeded', 'failed', 'expired', 'cancelled'],
  succeeded: [],
  failed: ['waiting'],
  expired: ['waiting'],
  cancelled: [],
  skipped: [],
};

/** May a target go from one state to the other? */
export function canMoveTarget(from: TargetState, to: TargetState): boolean {
  return NEXT_OF_TARGET[from].includes(to);
}

export const OPEN_TARGET_STATES = ['waiting', 'triggered', 'delivering'] as const satisfies readonly TargetState[];

/** Nothing more happens to it by itself. */
export function isFinalTarget(state: TargetState): boolean {
  return !(OPEN_TARGET_STATES as readonly TargetState[]).includes(state);
}

/**
 * A part of a campaign's targets, one after the other.
 *
 *     waiting ──the waves before have succeeded──▶ open ──every target has ended──▶ completed
 *        └──────────── skip ────────────────────────┴──▶ skipped           retry-failed ──▶ open
 */
export const WAVE_STATES = ['waiting', 'open', 'completed', 'skipped'] as const;
export type WaveState = (typeof WAVE_STATES)[number];

const NEXT_OF_WAVE: Readonly<Record<WaveState, readonly WaveState[]>> = {
  waiting: ['open', 'skipped'],
  open: ['completed', 'skipped'],
  completed: ['open'],
  skipped: [],
};

export function canMoveWave(from: WaveState, to: WaveState): boolean {
  return NEXT_OF_WAVE[from].includes(to);
}

/** How many targets are in each state. */
export type TargetCounts = Readonly<Record<TargetState, number>>;

export const NO_TARGETS: TargetCounts = {
  waiting: 0,
  triggered: 0,
  delivering: 0,
  succeeded: 0,
  failed: 0,
  expired: 0,
  cancelled: 0,
  skipped: 0,
};

export function totalOf(counts: TargetCounts): number {
  return TARGET_STATES.reduce((sum, state) => sum + counts[state], 0);
}

export function openOf(counts: TargetCounts): number {
  return OPEN_TARGET_STATES.reduce((sum, state) => sum + counts[state], 0);
}

/** What two campaigns that want one device do: the later one waits for the other's end, leaves it out, or minds nothing. */
export const CONFLICT_RULES = ['wait', 'skip', 'parallel'] as const;
export type ConflictRule = (typeof CONFLICT_RULES)[number];
