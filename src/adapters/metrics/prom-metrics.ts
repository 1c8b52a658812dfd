import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { HttpMetrics, PushMetrics, SessionMetrics } from '../../services/ports/metrics.ts';
import type { SmsLinkState } from '../../services/ports/sms-link.ts';

/** Every metric of one server process. */
export interface PromMetrics {
  readonly session: SessionMetrics;
  readonly push: PushMetrics;
  readonly http: HttpMetrics;
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
    help: 'Short messages handed to the SMSC by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const submitSeconds = new Histogram({
    name: 'omadm_sms_submit_duration_seconds',
    help: "From handing a short message over to the SMSC's answer, or giving up on it.",
    labelNames: ['outcome'],
    buckets: SECONDS,
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
    help: 'Delivery receipts stored by message state.',
    labelNames: ['state'],
    registers,
  });
  const link = new Gauge({
    name: 'omadm_smpp_link_state',
    help: '1 for the state the SMPP link is in, 0 for the others.',
    labelNames: ['state'],
    registers,
  });
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
      partSubmitted(outcome, durationMs) {
        submits.inc({ outcome });
        submitSeconds.observe({ outcome }, durationMs / 1_000);
      },
      pushDecided: (state) => pushes.inc({ state }),
      receiptStored: (state) => receipts.inc({ state }),
      linkChanged(state) {
        for (const one of LINK_STATES) link.set({ state: one }, one === state ? 1 : 0);
      },
    },
    http: {
      requestHandled: (route, method, status, durationMs) =>
        requests.observe({ route, method: knownMethod(method), status }, durationMs / 1_000),
    },
    async render() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PUT']);

/** Node takes a few dozen methods; they need no series each. */
function knownMethod(method: string): string {
  return METHODS.has(method) ? method : 'other';
}
