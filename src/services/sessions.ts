import { explainStatus } from '../syncml/status-codes.ts';
import { type Element, isElement } from '../wire/element.ts';
import { decodeWbxml } from '../wire/wbxml/decode-wbxml.ts';
import { encodeXml } from '../wire/xml/encode-xml.ts';
import { XmlError } from '../wire/xml/xml-error.ts';
import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import type { Page, PageRequest } from './ports/page.ts';
import type { LoggedMessage, SessionRecord, SessionStore } from './ports/session-store.ts';

/** One message of a session as a person reads it. */
export interface SpokenMessage extends Omit<LoggedMessage, 'masked'> {
  /** Indented XML, credentials masked. */
  readonly xml: string;
  /** The same as WBXML, whatever it was over the wire. */
  readonly wbxml: Uint8Array;
  /** What it answers, in the order in which it stands there. */
  readonly statuses: readonly SpokenStatus[];
}

/** The answer to one command, as a person reads it. */
export interface SpokenStatus {
  /** Name of the command that is answered. */
  readonly command: string;
  readonly locUri?: string;
  readonly code: number;
  readonly meaning: string;
}

/** The part of the store that reading takes. */
export type SessionReader = Pick<SessionStore, 'get' | 'list' | 'messages'>;

/** What admins see of DM sessions. */
export class Sessions {
  readonly #store: SessionReader;

  constructor(ports: { readonly sessions: SessionReader }) {
    this.#store = ports.sessions;
  }

  /** @throws AppError `cursor-invalid` */
  async list(
    filter: { readonly deviceId?: string; readonly open?: boolean },
    page: PageRequest,
  ): Promise<Page<SessionRecord>> {
    return this.#store.list(filter, page);
  }

  /** @throws AppError `session-unknown` */
  async get(id: string): Promise<SessionRecord> {
    return (isUuid(id) ? await this.#store.get(id) : undefined) ?? refuseUnknownSession();
  }

  /**
   * What was said, oldest first.
   * @throws AppError `session-unknown`, `cursor-invalid`
   */
  async messages(id: string, page: PageRequest): Promise<Page<SpokenMessage>> {
    const logged = (isUuid(id) ? await this.#store.messages(id, page) : undefined) ?? refuseUnknownSession();
    return { ...logged, items: logged.items.map(spokenMessage) };
  }
}

function spokenMessage({ masked, ...message }: LoggedMessage): SpokenMessage {
  const { root } = decodeWbxml(masked);
  return { ...message, xml: readable(root), wbxml: masked, statuses: statusesOf(root) };
}

/** A Status without a number is passed over: the XML shows it as it is. */
function statusesOf(root: Element): SpokenStatus[] {
  const body = childrenOf(root, 'SyncBody')[0];
  return childrenOf(body, 'Status').flatMap((status) => {
    const code = Number.parseInt(textOf(status, 'Data') ?? '', 10);
    const locUri = textOf(status, 'TargetRef');
    if (Number.isNaN(code)) return [];
    const command = textOf(status, 'Cmd') ?? '';
    return [{ command, ...(locUri === undefined ? {} : { locUri }), code, meaning: explainStatus(code) }];
  });
}

function childrenOf(element: Element | undefined, name: string): Element[] {
  return (element?.children ?? []).filter(isElement).filter((child) => child.name === name);
}

function textOf(element: Element, name: string): string | undefined {
  const [child] = childrenOf(element, name);
  return child && legibleText(child.children.filter((node) => typeof node === 'string').join(''));
}

/** WBXML can hold text that XML cannot; one odd message of a device must not hide the session it is in. */
function readable(root: Element): string {
  try {
    return encodeXml(root, { indent: true });
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return encodeXml(legible(root), { indent: true });
  }
}

function legible(element: Element): Element {
  return {
    name: legibleName(element.name),
    namespace: legibleText(element.namespace),
    attributes: element.attributes.map(({ name, value }) => ({ name: legibleName(name), value: legibleText(value) })),
    children: element.children.map((node) => {
      if (typeof node === 'string') return legibleText(node);
      return isElement(node) ? legible(node) : node;
    }),
  };
}

/** Everything outside the production Char of XML 1.0 (section 2.2) becomes U+FFFD. */
function legibleText(text: string): string {
  return text.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}');
}

function legibleName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) ? name : `_${name.replace(/[^A-Za-z0-9_.-]/g, '_')}`;
}

function refuseUnknownSession(): never {
  throw new AppError('session-unknown', 'There is no session of that id.');
}
