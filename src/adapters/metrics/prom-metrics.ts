import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { commandStatus } from '../../domain/command-status.ts';
import { NOWHERE_LANE, OPEN_LANE } from '../../domain/link-router.ts';
import { isThrottled, type SubmitOutcome } from '../../domain/push.ts';
import type {
  HttpMetrics,
  PurgeMetrics,
  PushGauges,
  PushMetrics,
  SessionMetrics,
  WebhookMetrics,
} from '../../services/ports/metrics.ts';
import type { SmsLinkState } from '../../services/ports/sms-link.ts';

/** Every metric of one server process. */
export interface PromMetrics {
  readonly session: SessionMetrics;
  readonly push: PushMetrics;
  readonly http: HttpMetrics;
  readonly purge: PurgeMetrics;
  readonly webhook: WebhookMetrics;
  /** From now on these are asked whenever the metrics are read. */
  watch(gauges: PushGauges): void;
  /** The text exposition format. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const LINK_STATES: readonly SmsLinkState[] = ['connecting', 'bound', 'waiting', 'closed'];

/**
 * Counts and durations for Prometheus, in a registry of their own: two servers in one process (as in tests) do not meet.
 * @param options.processMetrics CPU, memory, event loop and garbage collection too; on unless told
 */
export function promMetrics(options: { readonly processMetrics?: boolean } = {}): PromMetrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics !== false) collectDefaultMetrics({ register: registry });

  const messages = new Counter({
    name: 'omadm_dm_messages_total',
    help: 'Messages of devices by outcome and encoding.',
    labelNames: ['outcome', 'encoding'],
    registers,
  });
  const messageSeconds = new Histogram({
    name: 'omadm_dm_message_duration_seconds',
    help: 'From a message of a device to its answer.',
    labelNames: ['outcome'],
    buckets: SECONDS,
    registers,
  });
  const sessionsOpened = new Counter({
    name: 'omadm_sessions_opened_total',
    help: 'DM sessions opened.',
    registers,
  });
  const sessionsClosed = new Counter({
    name: 'omadm_sessions_closed_total',
    help: 'DM sessions closed by reason.',
    labelNames: ['reason'],
    registers,
  });
  const deliveriesEnded = new Counter({
    name: 'omadm_deliveries_ended_total',
    help: 'Deliveries ended by state.',
    labelNames: ['state'],
    registers,
  });
  const submits = new Counter({
    name: 'omadm_sms_parts_total',
    help: 'Short messages handed to the SMSC by link, outcome and command_status.',
    labelNames: ['link', 'outcome', 'status'],
    registers,
  });
  const submitSeconds = new Histogram({
    name: 'omadm_sms_submit_duration_seconds',
    help: "From handing a short message over to the SMSC's answer, or giving up on it.",
    labelNames: ['link', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  const throttled = new Counter({
    name: 'omadm_sms_throttled_total',
    help: 'Submits that the SMSC put off as too many (throttled, queue full).',
    labelNames: ['link'],
    registers,
  });
  const incoming = new Counter({
    name: 'omadm_sms_incoming_total',
    help: 'Messages from phones stored.',
    labelNames: ['link'],
    registers,
  });
  const retriggers = new Counter({
    name: 'omadm_retriggers_total',
    help: 'Triggers sent again because the device had not come.',
    registers,
  });
  const pushes = new Counter({
    name: 'omadm_push_attempts_total',
    help: 'Attempts to send a push by the state they led to.',
    labelNames: ['state'],
    registers,
  });
  const receipts = new Counter({
    name: 'omadm_sms_receipts_total',
    help: 'Delivery receipts stored by link and message state.',
    labelNames: ['link', 'state'],
    registers,
  });
  const link = new Gauge({
    name: 'omadm_smpp_link_state',
    help: '1 for the state an SMPP link is in, 0 for the others.',
    labelNames: ['link', 'state'],
    registers,
  });
  const purged = new Counter({
    name: 'omadm_purged_total',
    help: 'What was kept long enough and has been removed, by kind.',
    labelNames: ['kind'],
    registers,
  });
  const told = new Counter({
    name: 'omadm_webhook_attempts_total',
    help: 'Messages to webhooks by what came of them: taken, answered otherwise, not answered.',
    labelNames: ['result'],
    registers,
  });
  const sources: PushGauges[] = [];
  const binds = new Gauge({
    name: 'omadm_smpp_binds',
    help: 'Connections of a link by role and state.',
    labelNames: ['link', 'role', 'state'],
    registers,
  });
  const windowUsed = new Gauge({
    name: 'omadm_smpp_window_used',
    help: 'Submits of a link that wait for their answer.',
    labelNames: ['link'],
    registers,
  });
  const windowSize = new Gauge({
    name: 'omadm_smpp_window_size',
    help: 'Submits of a link that may wait for their answer.',
    labelNames: ['link'],
    registers,
  });
  const pace = new Gauge({
    name: 'omadm_smpp_pace_per_second',
    help: 'Submits a second that a link allows itself; +Inf without a limit.',
    labelNames: ['link'],
    registers,
  });
  const held = new Gauge({
    name: 'omadm_smpp_pushes_held',
    help: 'Pushes that this process holds for a link: waiting for room in its window, or being sent.',
    labelNames: ['link'],
    registers,
  });
  const laneQueue = new Gauge({
    name: 'omadm_push_lane_queue',
    help: 'Pushes that wait or are being sent by the links that can take them; "any" before they were routed, "none" when no link can.',
    labelNames: ['links', 'state'],
    registers,
  });
  const laneOldest = new Gauge({
    name: 'omadm_push_lane_oldest_seconds',
    help: 'For how long the push that is due longest has been due, by the links that can take it.',
    labelNames: ['links'],
    registers,
  });
  const queue = new Gauge({
    name: 'omadm_push_queue',
    help: 'Pushes that wait or are being sent.',
    labelNames: ['state'],
    registers,
  });
  const oldest = new Gauge({
    name: 'omadm_push_queue_oldest_seconds',
    help: 'For how long the push that is due longest has been due.',
    registers,
  });
  const readGauges = async (): Promise<void> => {
    for (const gauge of [binds, windowUsed, windowSize, pace, held]) gauge.reset();
    for (const source of sources) {
      for (const { name, binds: each, unanswered, window, pushes: ofLink, pacePerSecond } of source.links()) {
        for (const { role, state } of each) binds.inc({ link: name, role, state });
        windowUsed.set({ link: name }, unanswered);
        windowSize.set({ link: name }, window);
        held.set({ link: name }, ofLink);
        pace.set({ link: name }, pacePerSecond);
      }
      const lanes = await source.depth();
      laneQueue.reset();
      laneOldest.reset();
      const nowMs = source.now().getTime();
      const total = { queued: 0, sending: 0, oldestSeconds: 0 };
      for (const { lane, queued, sending, oldestDueAt } of lanes) {
        const label = lane === OPEN_LANE ? 'any' : lane === NOWHERE_LANE ? 'none' : lane;
        const oldestSeconds = oldestDueAt === undefined ? 0 : (nowMs - oldestDueAt.getTime()) / 1_000;
        laneQueue.set({ links: label, state: 'queued' }, queued);
        laneQueue.set({ links: label, state: 'sending' }, sending);
        laneOldest.set({ links: label }, oldestSeconds);
        total.queued += queued;
        total.sending += sending;
        total.oldestSeconds = Math.max(total.oldestSeconds, oldestSeconds);
      }
      queue.set({ state: 'queued' }, total.queued);
      queue.set({ state: 'sending' }, total.sending);
      oldest.set(total.oldestSeconds);
    }
  };
  const requests = new Histogram({
    name: 'omadm_http_request_duration_seconds',
    help: 'Requests of the REST API by route, method and status.',
    labelNames: ['route', 'method', 'status'],
    buckets: SECONDS,
    registers,
  });

  return {
    session: {
      messageHandled(outcome, encoding, durationMs) {
        messages.inc({ outcome, encoding });
        messageSeconds.observe({ outcome }, durationMs / 1_000);
      },
      sessionOpened: () => sessionsOpened.inc(),
      sessionClosed: (reason) => sessionsClosed.inc({ reason }),
      deliveryEnded: (state) => deliveriesEnded.inc({ state }),
    },
    push: {
      partSubmitted(linkName, outcome, durationMs) {
        submits.inc({ link: linkName, outcome: outcome.kind, status: statusOf(outcome) });
        submitSeconds.observe({ link: linkName, outcome: outcome.kind }, durationMs / 1_000);
        if (isThrottled(outcome)) throttled.inc({ link: linkName });
      },
      pushDecided: (state) => pushes.inc({ state }),
      receiptStored: (linkName, state) => receipts.inc({ link: linkName, state }),
      incomingStored: (linkName) => incoming.inc({ link: linkName }),
      retriggered: (count) => retriggers.inc(count),
      linkChanged(linkName, state) {
        for (const one of LINK_STATES) link.set({ link: linkName, state: one }, one === state ? 1 : 0);
      },
    },
    http: {
      requestHandled: (route, method, status, durationMs) =>
        requests.observe({ route, method: knownMethod(method), status }, durationMs / 1_000),
    },
    purge: { purged: (history, count) => purged.inc({ kind: history }, count) },
    webhook: { attempted: (result) => told.inc({ result }) },
    watch: (gauges) => void sources.push(gauges),
    async render() {
      // A database that is away must not take the other metrics with it.
      await readGauges().catch(() => {
        for (const gauge of [queue, laneQueue, laneOldest]) gauge.reset();
      });
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

/** By name; a code that the specification does not know as a number. */
function statusOf(outcome: SubmitOutcome): string {
  if (outcome.kind === 'accepted') return commandStatus(0).name;
  return outcome.kind === 'refused' ? commandStatus(outcome.commandStatus).name : 'none';
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PUT']);

/** Node takes a few dozen methods; they need no series each. */
function knownMethod(method: string): string {
  return METHODS.has(method) ? method : 'other';
}
