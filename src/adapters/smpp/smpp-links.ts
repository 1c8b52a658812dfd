import type { Link, LinkSettings } from '../../domain/link.ts';
import type { SubmitOutcome } from '../../domain/push.ts';
import type { LinkMonitor, LinkProbe, LinkStatus } from '../../services/ports/link-monitor.ts';
import type { LinkGauge } from '../../services/ports/metrics.ts';
import type {
  DeliveryReceipt,
  IncomingSms,
  RoutedSmsLink,
  SmsLinkState,
  SmsLinks,
} from '../../services/ports/sms-link.ts';
import { probeLink } from './probe-link.ts';
import { SmppLink, type SmppLinkLog } from './smpp-link.ts';

export interface SmppLinksOptions {
  readonly log?: SmppLinkLog;
  /** As {@link SmsLink.onReceipt}. */
  readonly onReceipt: (link: Link, receipt: DeliveryReceipt) => Promise<void>;
  /** As {@link SmsLink.onIncoming}. */
  readonly onIncoming: (link: Link, sms: IncomingSms) => Promise<void>;
  readonly onSubmitted?: (link: Link, outcome: SubmitOutcome, durationMs: number) => void;
  readonly onState?: (link: Link, state: SmsLinkState) => void;
}

interface Running {
  readonly link: Link;
  readonly smpp: SmppLink;
  readonly routed: RoutedSmsLink;
}

/** The links of this process. They can be exchanged at any time; what is on its way over an old one still ends. */
export class SmppLinks implements SmsLinks, LinkMonitor {
  readonly #options: SmppLinksOptions;
  readonly #listeners = new Set<() => void>();
  readonly #closing = new Set<Promise<void>>();
  #running = new Map<string, Running>();
  #current: readonly RoutedSmsLink[] = [];
  #closed = false;

  constructor(options: SmppLinksOptions) {
    this.#options = options;
  }

  get current(): readonly RoutedSmsLink[] {
    return this.#current;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  status(linkId: string): LinkStatus | undefined {
    const running = this.#running.get(linkId);
    return running === undefined ? undefined : { state: running.smpp.state, binds: running.smpp.binds };
  }

  /** @param loads by link, as the dispatcher sees them */
  gauges(
    loads: readonly { readonly linkId: string; readonly pacePerSecond: number; readonly pushes: number }[],
  ): readonly LinkGauge[] {
    const byLink = new Map(loads.map((load) => [load.linkId, load]));
    return [...this.#running.values()].map(({ link, smpp }) => ({
      name: link.name,
      binds: smpp.binds,
      unanswered: smpp.binds.reduce((sum, { unanswered }) => sum + unanswered, 0),
      window: smpp.window,
      pushes: byLink.get(link.id)?.pushes ?? 0,
      pacePerSecond: byLink.get(link.id)?.pacePerSecond ?? Number.POSITIVE_INFINITY,
    }));
  }

  probe(settings: LinkSettings): Promise<LinkProbe> {
    return probeLink(settings);
  }

  /**
   * Uses these links from now on. A link that changed in what its connections are made of is bound anew; one that changed
   * in its routing only stays bound.
   */
  set(links: readonly Link[]): void {
    if (this.#closed) return;
    const wanted = new Map(links.filter(({ enabled }) => enabled).map((link) => [link.id, link]));
    const next = new Map<string, Running>();
    for (const [id, link] of wanted) {
      const old = this.#running.get(id);
      if (old !== undefined && sameText(old.link, link)) next.set(id, old);
      else if (old !== undefined && sameText(connectionOf(old.link), connectionOf(link))) {
        next.set(id, { link, smpp: old.smpp, routed: routedOf(link, old.smpp) });
      } else next.set(id, this.#start(link));
    }
    for (const [id, { smpp }] of this.#running) {
      if (next.get(id)?.smpp !== smpp) this.#end(smpp);
    }
    this.#running = next;
    this.#current = [...next.values()].map(({ routed }) => routed);
    for (const listener of [...this.#listeners]) listener();
  }

  async close(): Promise<void> {
    this.set([]);
    this.#closed = true;
    await Promise.all(this.#closing);
  }

  #start(link: Link): Running {
    const { log, onReceipt, onIncoming, onSubmitted, onState } = this.#options;
    const smpp = new SmppLink(link.settings, {
      id: link.id,
      name: link.name,
      ...(log === undefined ? {} : { log }),
      ...(onSubmitted === undefined
        ? {}
        : { onSubmitted: (outcome, durationMs) => onSubmitted(link, outcome, durationMs) }),
    });
    smpp.onReceipt((receipt) => onReceipt(link, receipt));
    smpp.onIncoming((sms) => onIncoming(link, sms));
    onState?.(link, smpp.state);
    smpp.onStateChange((state) => onState?.(link, state));
    return { link, smpp, routed: routedOf(link, smpp) };
  }

  #end(smpp: SmppLink): void {
    const closing = smpp.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

function routedOf({ id, name, settings }: Link, link: SmppLink): RoutedSmsLink {
  const { prefixes, weight, ratePerSecond, responseMs } = settings;
  return { id, name, prefixes, weight, ...(ratePerSecond > 0 ? { ratePerSecond } : {}), responseMs, link };
}

/** All that takes a new connection to change. */
function connectionOf({ name, settings }: Link): Partial<LinkSettings> & { readonly name: string } {
  const { prefixes: _prefixes, weight: _weight, ratePerSecond: _rate, ...connection } = settings;
  return { ...connection, name };
}

function sameText(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
