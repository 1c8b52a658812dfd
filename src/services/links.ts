import { DEFAULT_LINK_SETTINGS, type Link, type LinkSettings, linkFaults } from '../domain/link.ts';
import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { LinkMonitor, LinkProbe, LinkStatus } from './ports/link-monitor.ts';
import type { LinkReports, ProcessReport } from './ports/link-reports.ts';
import type { LinkPatch, LinkRecord, LinkStore } from './ports/link-store.ts';

/** What an admin says of a new link. */
export interface LinkOrder {
  readonly name: string;
  readonly enabled?: boolean;
  readonly settings: Partial<LinkSettings> & Pick<LinkSettings, 'host' | 'systemId' | 'password'>;
}

/** A link as admins see it. Holds the password: a presenter leaves it out. */
export interface LinkView extends Link {
  /** `environment`: it stands in SMPP_URL and changes there only. */
  readonly origin: 'api' | 'environment';
  readonly createdAt?: Date;
  readonly updatedAt?: Date;
  /** Absent: it does not change while the server runs. */
  readonly version?: number;
  /** In this process; absent when it is not in use here. */
  readonly status?: LinkStatus;
  /** In every server process that uses it, this one included, by the process's id. */
  readonly processes: readonly LinkInProcess[];
}

/** How a link is doing in one server process. */
export interface LinkInProcess extends LinkStatus {
  readonly processId: string;
  readonly seenAt: Date;
}

/** A process that was not heard for so long no longer counts. */
const SILENT_MS = 20_000;

const DEFAULT_PORT = 2775;
const DEFAULT_TLS_PORT = 3550;

/** What admins do with links. */
export class Links {
  readonly #store: LinkStore;
  readonly #fixed: readonly Link[];
  readonly #monitor: LinkMonitor;
  readonly #reports: LinkReports;
  readonly #processId: string;
  readonly #clock: Clock;
  readonly #entropy: Entropy;

  /**
   * @param ports.fixed those of SMPP_URL
   * @param ports.processId what this process calls itself in the reports
   */
  constructor(ports: {
    readonly links: LinkStore;
    readonly fixed: readonly Link[];
    readonly monitor: LinkMonitor;
    readonly reports: LinkReports;
    readonly processId: string;
    readonly clock: Clock;
    readonly entropy: Entropy;
  }) {
    this.#store = ports.links;
    this.#fixed = ports.fixed;
    this.#monitor = ports.monitor;
    this.#reports = ports.reports;
    this.#processId = ports.processId;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
  }

  /** @throws AppError `link-exists`, `link-unsuitable` */
  async create({ name, enabled, settings }: LinkOrder): Promise<LinkView> {
    this.#refuseTaken(name);
    const now = this.#clock.now();
    const port = settings.tls === true ? DEFAULT_TLS_PORT : DEFAULT_PORT;
    const record: LinkRecord = {
      id: this.#entropy.id(),
      name,
      enabled: enabled ?? true,
      settings: { ...DEFAULT_LINK_SETTINGS, port, ...settings },
      createdAt: now,
      updatedAt: now,
      version: 1,
    };
    refuseUnsuitable(record.settings);
    return this.#view(await this.#store.create(record), []);
  }

  /** Those of SMPP_URL first, then the others by name. */
  async list(): Promise<readonly LinkView[]> {
    const [records, reports] = await Promise.all([this.#store.all(), this.#heard()]);
    return [...this.#fixed, ...records].map((link) => this.#view(link, reports));
  }

  /** @throws AppError `link-unknown` */
  async get(id: string): Promise<LinkView> {
    const [link, reports] = await Promise.all([this.#find(id), this.#heard()]);
    return this.#view(link, reports);
  }

  /**
   * @param version the one that is to be changed; undefined: whichever it is
   * @throws AppError `link-unknown`, `link-fixed`, `link-exists`, `link-unsuitable`, `version-stale`
   */
  async update(id: string, patch: LinkPatch, version?: number): Promise<LinkView> {
    this.#refuseFixed(id);
    if (patch.name !== undefined) this.#refuseTaken(patch.name);
    const record = isUuid(id)
      ? await this.#store.update(id, (link) => {
          refuseStale(link, version);
          const settings = { ...link.settings, ...patch.settings };
          refuseUnsuitable(settings);
          return {
            ...link,
            name: patch.name ?? link.name,
            enabled: patch.enabled ?? link.enabled,
            settings,
            updatedAt: this.#clock.now(),
          };
        })
      : undefined;
    return this.#view(record ?? refuseUnknownLink(), await this.#heard());
  }

  /**
   * What waits for it finds other links, or waits for one.
   * @param version the one that is to go; undefined: whichever it is
   * @throws AppError `link-unknown`, `link-fixed`, `version-stale`
   */
  async delete(id: string, version?: number): Promise<void> {
    this.#refuseFixed(id);
    if (!isUuid(id) || !(await this.#store.delete(id, (link) => refuseStale(link, version)))) refuseUnknownLink();
  }

  /** Binds once with its settings, beside what is bound already. @throws AppError `link-unknown` */
  async test(id: string): Promise<LinkProbe> {
    return this.#monitor.probe((await this.#find(id)).settings);
  }

  async #find(id: string): Promise<Link | LinkRecord> {
    const fixed = this.#fixed.find((link) => link.id === id);
    return fixed ?? (isUuid(id) ? await this.#store.get(id) : undefined) ?? refuseUnknownLink();
  }

  #heard(): Promise<readonly ProcessReport[]> {
    return this.#reports.since(new Date(this.#clock.now().getTime() - SILENT_MS));
  }

  /** Of this process what is so now, of the others what they said last. */
  #view(link: Link | LinkRecord, reports: readonly ProcessReport[]): LinkView {
    const status = this.#monitor.status(link.id);
    const processes: LinkInProcess[] = [];
    for (const { processId, links, seenAt } of reports) {
      const said = links[link.id];
      if (processId !== this.#processId && said !== undefined) processes.push({ processId, seenAt, ...said });
    }
    if (status !== undefined) processes.push({ processId: this.#processId, seenAt: this.#clock.now(), ...status });
    return {
      ...link,
      origin: 'createdAt' in link ? 'api' : 'environment',
      ...(status === undefined ? {} : { status }),
      processes: processes.sort((a, b) => (a.processId < b.processId ? -1 : 1)),
    };
  }

  #refuseFixed(id: string): void {
    if (!this.#fixed.some((link) => link.id === id)) return;
    throw new AppError('link-fixed', 'This link stands in SMPP_URL; it is changed there, and with a restart.');
  }

  #refuseTaken(name: string): void {
    if (!this.#fixed.some((link) => link.name === name)) return;
    throw new AppError('link-exists', 'A link of that name stands in SMPP_URL.', { name });
  }
}

function refuseUnsuitable(settings: LinkSettings): void {
  const faults = linkFaults(settings);
  if (faults.length === 0) return;
  throw new AppError('link-unsuitable', `The link cannot be set so: ${faults.join('; ')}.`, { reasons: faults });
}

function refuseStale(link: LinkRecord, version: number | undefined): void {
  if (version === undefined || version === link.version) return;
  throw new AppError('version-stale', `It has been changed since: it is version ${link.version}, not ${version}.`, {
    version: link.version,
  });
}

function refuseUnknownLink(): never {
  throw new AppError('link-unknown', 'There is no link of that id.');
}
