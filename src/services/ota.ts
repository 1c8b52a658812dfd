import { PUSH_PRIORITY } from '../domain/push.ts';
import { describeSettings } from '../provisioning/ota/describe-settings.ts';
import { buildPush } from '../provisioning/push/build-push.ts';
import { instantiateDocument } from '../provisioning/push/instantiate-document.ts';
import { encodePushDocument, type PushDocument, showPushDocument } from '../provisioning/push/push-document.ts';
import { pushKind } from '../provisioning/push/push-kinds.ts';
import { WapError } from '../wire/wap/wap-error.ts';
import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import { type OtaContent, type OtaDocument, otaDocument } from './ota-document.ts';
import { type MadePush, OtaPushes } from './ota-pushes.ts';
import { nameOfRecipient, type RecipientOrder } from './ota-recipients.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { OtaOutcome, OtaReport, OtaSend, OtaStore } from './ports/ota-store.ts';
import type { PackageStore } from './ports/package-store.ts';
import type { Page, PageRequest } from './ports/page.ts';
import { SECURITY_METHODS, type SecurityName } from './push-security.ts';

/** What an admin wants to see. */
export interface OtaPreviewOrder {
  readonly content: OtaContent;
  readonly security: SecurityName;
  readonly variables?: Readonly<Record<string, string>>;
}

/** What an admin asks for. */
export interface OtaOrder extends OtaPreviewOrder {
  readonly recipients: readonly RecipientOrder[];
  /** For recipients without one of their own. */
  readonly pin?: string;
  readonly expiresAt?: Date;
  /** Left out: ordinary for one recipient, that of campaigns for several. */
  readonly priority?: number;
}

export interface OtaPreview {
  readonly document: PushDocument;
  readonly xml: string;
  /** The body of the push. */
  readonly body: Uint8Array;
  /** How many short messages it takes, with a MAC where the security asks for one. */
  readonly partCount: number;
  /** Variables without a value; they stand in the document as they are. */
  readonly missing: readonly string[];
}

/** What became of one recipient of an order. */
export type OtaAnswer = { readonly recipient: string } & (
  | { readonly refused: string }
  | {
      readonly pushId: string;
      readonly partCount: number;
      /** With USERPINMAC: what the user types after the PIN. It says nothing to who does not have the document. */
      readonly pinSuffix?: string;
    }
);

export interface OtaStarted {
  readonly id: string;
  readonly expiresAt: Date;
  /** In the order of the request. */
  readonly recipients: readonly OtaAnswer[];
  /** Whether the settings can be told to people. */
  readonly hasManual: boolean;
}

export interface OtaLimits {
  /** How long pushes wait when nobody says otherwise, milliseconds. */
  readonly ttlMs: number;
  /** A variable every document may use. */
  readonly serverId: string;
}

/** Between so many pushes others get their turn. */
const PUSHES_AT_ONCE = 200;
/** As long as real ones: a MAC has the same length whatever its key is. */
const STAND_IN = { imsi: '000000', userPin: '0' };

/** Documents that are pushed to phones: settings, and whatever else goes over WAP push. */
export class Ota {
  readonly #store: OtaStore;
  readonly #packages: PackageStore;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #limits: OtaLimits;

  constructor(
    ports: {
      readonly ota: OtaStore;
      readonly packages: PackageStore;
      readonly clock: Clock;
      readonly entropy: Entropy;
    },
    limits: OtaLimits,
  ) {
    this.#store = ports.ota;
    this.#packages = ports.packages;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
    this.#limits = limits;
  }

  /**
   * What would be sent.
   * @throws AppError `package-unknown`, `package-kind-unsuitable`, `package-faulty`, `variables-unknown`,
   *   `variables-unsuitable`, `security-unsuitable`, `push-too-large`
   */
  async preview({ content, security, variables = {} }: OtaPreviewOrder): Promise<OtaPreview> {
    const found = await otaDocument(content, this.#packages);
    checkOrder(found, security, variables);
    const missing = found.variables.filter((name) => !Object.hasOwn(variables, name));
    const document = this.#filled(found, variables, missing);
    const body = encodePushDocument(document);
    const method = SECURITY_METHODS[security];
    try {
      const protection = method === undefined ? undefined : { security: method, secret: STAND_IN };
      const { partCount } = buildPush(0, document.kind, body, protection);
      return { document, xml: showPushDocument(document), body, partCount, missing };
    } catch (error) {
      if (!(error instanceof WapError) || error.code !== 'too-large') throw error;
      throw new AppError('push-too-large', `${error.message.replace(/^t/, 'T')}.`);
    }
  }

  /**
   * Sends the document to every recipient that nothing is wrong with. All is checked before anything is stored, and what
   * is stored is stored at once.
   * @throws AppError as {@link preview} but `push-too-large`, and `expiry-past`, `ota-nobody` with every recipient's reason
   */
  async send(order: OtaOrder): Promise<OtaStarted> {
    const { content, security, recipients } = order;
    const found = await otaDocument(content, this.#packages);
    checkOrder(found, security, order.variables ?? {}, recipients);
    const now = this.#clock.now();
    const expiresAt = order.expiresAt ?? new Date(now.getTime() + this.#limits.ttlMs);
    if (expiresAt.getTime() <= now.getTime()) {
      throw new AppError('expiry-past', `"expiresAt" has to be after now, ${now.toISOString()}.`);
    }
    const pushes = await OtaPushes.prepare(found, order, this.#store, this.#limits.serverId);
    const made: { readonly recipient: string; readonly pushId: string; readonly push: MadePush }[] = [];
    for (const [index, recipient] of recipients.entries()) {
      if (index % PUSHES_AT_ONCE === PUSHES_AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve));
      const [transactionId = 0] = this.#entropy.bytes(1);
      const push = pushes.make(recipient, transactionId);
      made.push({ recipient: nameOfRecipient(recipient), pushId: this.#entropy.id(), push });
    }
    const answers = made.map(({ recipient, pushId, push }): OtaAnswer => {
      if ('refused' in push) return { recipient, refused: push.refused };
      const { partCount, pinSuffix } = push;
      return { recipient, pushId, partCount, ...(pinSuffix === undefined ? {} : { pinSuffix }) };
    });
    if (made.every(({ push }) => 'refused' in push)) {
      throw new AppError('ota-nobody', 'The document goes to nobody: every recipient is refused.', {
        recipients: answers,
      });
    }
    const id = this.#entropy.id();
    const { port: destinationPort, sourcePort } = pushKind(found.document.kind);
    await this.#store.create({
      id,
      source: found.source,
      ...('packageId' in content ? { packageId: content.packageId } : {}),
      ...('settings' in content ? { settings: content.settings } : {}),
      documentKind: found.document.kind,
      security,
      recipients: made.map(({ recipient, pushId, push }) => {
        if ('refused' in push) return { recipient, refused: push.refused };
        const { destination, payload, deviceId } = push;
        return {
          recipient,
          push: { pushId, destination, payload, ...(deviceId === undefined ? {} : { deviceId }) },
        };
      }),
      destinationPort,
      sourcePort,
      priority: order.priority ?? (recipients.length === 1 ? PUSH_PRIORITY.ordinary : PUSH_PRIORITY.campaign),
      createdAt: now,
      expiresAt,
    });
    return { id, expiresAt, recipients: answers, hasManual: found.source === 'settings' };
  }

  /** @throws AppError `ota-unknown`, `cursor-invalid` */
  async get(
    id: string,
    page: PageRequest,
  ): Promise<{ readonly report: OtaReport; readonly outcomes: Page<OtaOutcome> }> {
    const report = (isUuid(id) ? await this.#store.get(id) : undefined) ?? refuseUnknownSend();
    return { report, outcomes: await this.#store.outcomes(id, page) };
  }

  /** @throws AppError `cursor-invalid` */
  async list(page: PageRequest): Promise<Page<OtaSend>> {
    return this.#store.list(page);
  }

  /**
   * The settings as text for a human to type in. Their passwords stand in it.
   * @throws AppError `ota-unknown`, `manual-impossible` (a document was sent, not settings)
   */
  async manual(id: string): Promise<string> {
    const settings = isUuid(id) ? await this.#store.settings(id) : undefined;
    if (settings !== undefined) return describeSettings(settings);
    if (!isUuid(id) || (await this.#store.get(id)) === undefined) return refuseUnknownSend();
    throw new AppError('manual-impossible', 'A document was sent, not settings; only those can be told as text.');
  }

  /** With what is missing left as it stands. @throws AppError `variables-unsuitable` */
  #filled(found: OtaDocument, given: Readonly<Record<string, string>>, missing: readonly string[]): PushDocument {
    const { source, document } = found;
    if (source === 'settings') return document;
    const values = { ...given, ...Object.fromEntries(missing.map((name) => [name, `{{${name}}}`])) };
    const instance = instantiateDocument(document, values);
    if (instance.ok) return instance.document;
    throw new AppError('variables-unsuitable', 'With the values given the document breaks its own rules.', {
      missing: instance.missing,
      places: instance.invalid,
    });
  }
}

/** What is wrong whoever it goes to. */
function checkOrder(
  { document, variables }: OtaDocument,
  security: SecurityName,
  given: Readonly<Record<string, string>>,
  recipients: readonly RecipientOrder[] = [],
): void {
  const { isSecured, title } = pushKind(document.kind);
  if (security !== 'none' && isSecured !== true) {
    throw new AppError(
      'security-unsuitable',
      `A push of this kind (${title}) has no PIN; only OMA CP documents have.`,
      {
        documentKind: document.kind,
      },
    );
  }
  const names = new Set([given, ...recipients.map((recipient) => recipient.variables ?? {})].flatMap(Object.keys));
  const unknown = [...names].filter((name) => !variables.includes(name));
  if (unknown.length > 0) {
    const listed = unknown.slice(0, MAX_NAMES).map((name) => JSON.stringify(name.slice(0, 64)));
    throw new AppError('variables-unknown', `The document has no variable called ${listed.join(', ')}.`, {
      unknown: unknown.slice(0, MAX_NAMES).sort(),
      known: variables,
    });
  }
}

const MAX_NAMES = 50;

function refuseUnknownSend(): never {
  throw new AppError('ota-unknown', 'Nothing was sent under that id.');
}
