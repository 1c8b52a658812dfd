import { type Element, element, NO_CHILDREN, type Node } from '../wire/element.ts';
import { encodeXml } from '../wire/xml/encode-xml.ts';
import type { Encoding } from './media-type.ts';
import type { Chal, Command, Cred, Data, Header, Item, Location, Message, Meta } from './message.ts';
import { METINF_NAMESPACE, VERSION_NAMES } from './version.ts';

/**
 * Writes a message as an `Element` tree, children in the order of the Representation Protocol's DTD.
 *
 * The encoding matters for binary values alone: WBXML carries them as OPAQUE with Format `bin`, XML as base64 with
 * Format `b64` (OMA-TS-DM_RepPro, 5.x on Format).
 */
export function buildMessage(message: Message, encoding: Encoding): Element {
  const writer = new MessageWriter(namespaceOf(message.header), encoding);
  return writer.message(message);
}

/** One command as it stands in a SyncBody; for measuring. */
export function buildCommand(command: Command, header: Header, encoding: Encoding): Element {
  return new MessageWriter(namespaceOf(header), encoding).command(command);
}

function namespaceOf(header: Header): string {
  return VERSION_NAMES[header.verDtd === '1.2' ? '1.2' : '1.1'].namespace;
}

class MessageWriter {
  readonly #namespace: string;
  readonly #encoding: Encoding;

  constructor(namespace: string, encoding: Encoding) {
    this.#namespace = namespace;
    this.#encoding = encoding;
  }

  message(message: Message): Element {
    const body: Element[] = message.commands.map((command) => this.command(command));
    if (message.final) body.push(this.#el('Final', NO_CHILDREN));
    return this.#el('SyncML', [this.#header(message.header), this.#el('SyncBody', body)]);
  }

  #header(header: Header): Element {
    const children: Element[] = [
      this.#leaf('VerDTD', header.verDtd),
      this.#leaf('VerProto', header.verProto),
      this.#leaf('SessionID', header.sessionId),
      this.#leaf('MsgID', header.msgId),
      this.#location('Target', header.target),
      this.#location('Source', header.source),
    ];
    if (header.respUri !== undefined) children.push(this.#leaf('RespURI', header.respUri));
    if (header.noResp === true) children.push(this.#el('NoResp', NO_CHILDREN));
    if (header.cred !== undefined) children.push(this.#cred(header.cred));
    if (header.meta !== undefined) children.push(this.#meta(header.meta));
    return this.#el('SyncHdr', children);
  }

  command(command: Command): Element {
    const children: Element[] = [this.#leaf('CmdID', command.cmdId)];
    if (command.noResp === true) children.push(this.#el('NoResp', NO_CHILDREN));
    switch (command.name) {
      case 'Status':
        children.push(
          this.#leaf('MsgRef', command.msgRef),
          this.#leaf('CmdRef', command.cmdRef),
          this.#leaf('Cmd', command.cmd),
        );
        for (const ref of command.targetRefs) children.push(this.#leaf('TargetRef', ref));
        for (const ref of command.sourceRefs) children.push(this.#leaf('SourceRef', ref));
        if (command.cred !== undefined) children.push(this.#cred(command.cred));
        if (command.chal !== undefined) children.push(this.#chal(command.chal));
        children.push(this.#leaf('Data', String(command.code)));
        for (const item of command.items) children.push(this.#item(item, undefined));
        break;
      case 'Results':
        if (command.msgRef !== undefined) children.push(this.#leaf('MsgRef', command.msgRef));
        children.push(this.#leaf('CmdRef', command.cmdRef));
        if (command.meta !== undefined) children.push(this.#meta(command.meta));
        if (command.targetRef !== undefined) children.push(this.#leaf('TargetRef', command.targetRef));
        if (command.sourceRef !== undefined) children.push(this.#leaf('SourceRef', command.sourceRef));
        for (const item of command.items) children.push(this.#item(item, command.meta));
        break;
      case 'Alert':
        children.push(this.#leaf('Data', String(command.code)));
        if (command.correlator !== undefined) children.push(this.#leaf('Correlator', command.correlator));
        for (const item of command.items) children.push(this.#item(item, undefined));
        break;
      case 'Atomic':
      case 'Sequence':
        if (command.meta !== undefined) children.push(this.#meta(command.meta));
        for (const inner of command.commands) children.push(this.command(inner));
        break;
      case 'Unknown':
        return this.#el(command.element, children);
      default:
        if (command.meta !== undefined) children.push(this.#meta(command.meta));
        if (command.name === 'Exec' && command.correlator !== undefined) {
          children.push(this.#leaf('Correlator', command.correlator));
        }
        for (const item of command.items) children.push(this.#item(item, command.meta));
    }
    return this.#el(command.name, children);
  }

  #item(item: Item, inherited: Meta | undefined): Element {
    const children: Element[] = [];
    if (item.target !== undefined) children.push(this.#location('Target', item.target));
    if (item.source !== undefined) children.push(this.#location('Source', item.source));
    const asText = item.data instanceof Uint8Array && this.#encoding === 'xml';
    const meta = asText ? { ...inherited, ...item.meta, format: 'b64' } : item.meta;
    if (meta !== undefined) children.push(this.#meta(meta));
    if (item.data !== undefined) children.push(this.#el('Data', this.#data(item.data)));
    if (item.moreData === true) children.push(this.#el('MoreData', NO_CHILDREN));
    return this.#el('Item', children);
  }

  #data(data: Data): readonly Node[] {
    if (typeof data === 'string') return data === '' ? NO_CHILDREN : [data];
    if (!(data instanceof Uint8Array)) {
      if (this.#encoding === 'xml') return data.elements;
      // The code pages have tokens for our own elements only: inside WBXML an XML value travels as text.
      return [data.elements.map((el) => encodeXml(el, { declaration: false })).join('')];
    }
    return [this.#encoding === 'xml' ? Buffer.from(data).toString('base64') : data];
  }

  #cred(cred: Cred): Element {
    const meta: Element[] = [];
    if (cred.format !== undefined) meta.push(metinf('Format', cred.format));
    meta.push(metinf('Type', cred.type));
    return this.#el('Cred', [this.#el('Meta', meta), this.#leaf('Data', cred.data)]);
  }

  #chal(chal: Chal): Element {
    const meta: Element[] = [];
    if (chal.format !== undefined) meta.push(metinf('Format', chal.format));
    meta.push(metinf('Type', chal.type));
    if (chal.nextNonce !== undefined) meta.push(metinf('NextNonce', chal.nextNonce));
    return this.#el('Chal', [this.#el('Meta', meta)]);
  }

  #meta(meta: Meta): Element {
    const children: Element[] = [];
    if (meta.format !== undefined) children.push(metinf('Format', meta.format));
    if (meta.type !== undefined) children.push(metinf('Type', meta.type));
    if (meta.mark !== undefined) children.push(metinf('Mark', meta.mark));
    if (meta.size !== undefined) children.push(metinf('Size', String(meta.size)));
    if (meta.nextNonce !== undefined) children.push(metinf('NextNonce', meta.nextNonce));
    if (meta.maxMsgSize !== undefined) children.push(metinf('MaxMsgSize', String(meta.maxMsgSize)));
    if (meta.maxObjSize !== undefined) children.push(metinf('MaxObjSize', String(meta.maxObjSize)));
    return this.#el('Meta', children);
  }

  #location(name: 'Target' | 'Source', location: Location): Element {
    const children: Element[] = [this.#leaf('LocURI', location.uri)];
    if (location.name !== undefined) children.push(this.#leaf('LocName', location.name));
    return this.#el(name, children);
  }

  #leaf(name: string, text: string): Element {
    return element(name, this.#namespace, text === '' ? NO_CHILDREN : [text]);
  }

  #el(name: string, children: readonly Node[]): Element {
    return element(name, this.#namespace, children);
  }
}

function metinf(name: string, text: string): Element {
  return element(name, METINF_NAMESPACE, text === '' ? NO_CHILDREN : [text]);
}
