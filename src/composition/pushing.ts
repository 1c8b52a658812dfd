import { SmppLinks } from '../adapters/smpp/smpp-links.ts';
import { DEFAULT_PUSH_POLICY } from '../domain/push.ts';
import type { IncomingMessages } from '../services/incoming-messages.ts';
import type { LaneDepth } from '../services/ports/push-outbox.ts';
import { PushDispatcher } from '../services/push-dispatcher.ts';
import { PushReceipts } from '../services/push-receipts.ts';
import { type JobPorts, type RunJob, SWEEP_MS } from './jobs.ts';

/** How often pushes that no link of this process took are looked at anew, though no link has changed here. */
const REOPEN_MS = 60_000;
/** How often the other processes hear how the links are doing here. */
const REPORT_MS = 5_000;
/** A process that has said nothing for so long has ended. */
const FORGET_REPORT_MS = 600_000;

/** The links of this process, without any yet. */
export function smppLinks({
  outbox,
  incoming,
  clock,
  logger,
  metrics,
}: Pick<JobPorts, 'outbox' | 'clock' | 'logger' | 'metrics'> & { readonly incoming: IncomingMessages }): SmppLinks {
  const receipts = new PushReceipts(outbox, clock);
  return new SmppLinks({
    log: logger,
    onReceipt: async (link, receipt) => {
      await receipts.record(receipt);
      metrics.push.receiptStored(link.name, receipt.state);
    },
    onIncoming: async (link, sms) => {
      await incoming.keep(link.id, sms);
      metrics.push.incomingStored(link.name);
    },
    onSubmitted: (link, outcome, durationMs) => metrics.push.partSubmitted(link.name, outcome, durationMs),
    onState: (link, state) => metrics.push.linkChanged(link.name, state),
  });
}

export function linksCheck(current: SmppLinks['current']): {
  readonly state: 'up' | 'down' | 'off';
  readonly detail?: string;
} {
  if (current.length === 0) return { state: 'off' };
  const bound = current.filter(({ link }) => link.state === 'bound').length;
  const [only] = current;
  const detail = current.length === 1 && only ? only.link.state : `${bound} of ${current.length} links are bound`;
  return { state: bound > 0 ? 'up' : 'down', detail };
}

/** Lanes by the names of their links instead of their ids. */
function named(depths: readonly LaneDepth[], current: SmppLinks['current']): readonly LaneDepth[] {
  const names = new Map(current.map(({ id, name }) => [id, name]));
  return depths.map((depth) => ({
    ...depth,
    lane: depth.lane
      .split(',')
      .map((id) => names.get(id) ?? id)
      .join(','),
  }));
}

/** What carries the outbox to the links, and keeps the links as their records say. */
export function startPushing(
  { config, logger, metrics, clock, outbox, links, linkStore, fixedLinks, linkRates, linkReports, processId }: JobPorts,
  run: RunJob,
  stops: (() => Promise<void>)[],
): void {
  const dispatcher = new PushDispatcher({
    outbox,
    links,
    clock,
    random: Math.random,
    workerId: processId,
    rates: linkRates,
    policy: { ...DEFAULT_PUSH_POLICY, maxAttempts: config.pushMaxAttempts, uncertain: config.pushUncertain },
    onOutcome: (outcome) => metrics.push.pushDecided(outcome.decision.state),
    onFault: (err, what) => logger.warn({ err }, what),
  });
  const loop = run({
    name: 'dispatch-pushes',
    everyMs: 5_000,
    run: (signal) => dispatcher.run(signal),
    wake: () => dispatcher.wake(),
  });
  // Should the database be away at the end, silence says it too.
  stops.push(() => linkReports.forget(processId).catch(() => {}));
  const reporting = run({
    name: 'report-links',
    everyMs: REPORT_MS,
    run: async () => {
      const now = clock.now();
      const said = links.current.flatMap(({ id }) => {
        const status = links.status(id);
        return status === undefined ? [] : [[id, status] as const];
      });
      await linkReports.tell({ processId, links: Object.fromEntries(said), seenAt: now });
      await linkReports.removeBefore(new Date(now.getTime() - FORGET_REPORT_MS));
    },
  });
  const watch = (): void => {
    for (const { link } of links.current) {
      if (watched.has(link)) continue;
      watched.add(link);
      link.onStateChange((state) => {
        if (state === 'bound') loop.wake();
        reporting.wake();
      });
    }
    loop.wake();
    reporting.wake();
  };
  const watched = new WeakSet<object>();
  watch();
  links.onChange(watch);
  const listening = outbox.onEnqueued(() => loop.wake());
  stops.push(() => listening.close());
  metrics.watch({
    links: () => links.gauges(dispatcher.load),
    depth: async () => named(await outbox.depth(clock.now()), links.current),
    now: () => clock.now(),
  });
  const reloading = run({
    name: 'reload-links',
    everyMs: SWEEP_MS,
    run: async () => links.set([...fixedLinks, ...(await linkStore.all())]),
  });
  const hearing = linkStore.onChanged(() => reloading.wake());
  stops.push(() => hearing.close());
  run({
    name: 'reopen-lanes',
    everyMs: REOPEN_MS,
    run: async () => {
      if ((await dispatcher.reopenLanes()) > 0) loop.wake();
    },
  });
}
