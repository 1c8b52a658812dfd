import { childElements, childOf, type Element, isElement, textOf } from '../wire/element.ts';
import type { Chal, Command, Cred, Data, Header, Item, Location, Message, Meta, RequestCommand } from './message.ts';
import { SyncmlError } from './syncml-error.ts';

/**
 * Reads a SyncML document into a typed message. It is strict about what an answer depends on (header fields, CmdID,
 * the references of Status and Results) and lenient about the rest, because devices are: namespaces are not compared,
 * an unknown child is passed over, an unknown command becomes `Unknown` so that it can be refused by status.
 *
 * @throws SyncmlError naming the path of the first thing that is missing or off
 */
export function parseMessage(root: Element): Message {
  if (root.name !== 'SyncML') throw new SyncmlError('not-syncml', root.name, 'the root element is not SyncML');
  const header = childOf(root, 'SyncHdr');
  if (header === undefined) throw new SyncmlError('missing', 'SyncML/SyncHdr', 'the message has no header');
  const body = childOf(root, 'SyncBody');
  if (body === undefined) throw new SyncmlError('missing', 'SyncML/SyncBody', 'the message has no body');
  const commands: Command[] = [];
  let final = false;
  let index = 0;
  for (const child of body.children) {
    if (!isElement(child)) continue;
    if (child.name === 'Final') final = true;
    else commands.push(parseCommand(child, `SyncML/SyncBody/${child.name}[${++index}]`, 0));
  }
  return { header: parseHeader(header), commands, final };
}

function parseHeader(header: Element): Header {
  const path = 'SyncML/SyncHdr';
  const meta = childOf(header, 'Meta');
  const cred = childOf(header, 'Cred');
  const respUri = childOf(header, 'RespURI');
  return {
    verDtd: requiredText(header, 'VerDTD', path),
    verProto: requiredText(header, 'VerProto', path),
    sessionId: requiredText(header, 'SessionID', path),
    msgId: requiredText(header, 'MsgID', path),
    target: requiredLocation(header, 'Target', path),
    source: requiredLocation(header, 'Source', path),
    ...(respUri !== undefined && { respUri: textOf(respUri).trim() }),
    ...(childOf(header, 'NoResp') !== undefined && { noResp: true }),
    ...(cred !== undefined && { cred: parseCred(cred) }),
    ...(meta !== undefined && { meta: parseMeta(meta) }),
  };
}

/** Commands nest (Sequence in Atomic and the reverse); deeper than this nobody means it. */
const MAX_NESTING = 16;

function parseCommand(el: Element, path: string, depth: number): Command {
  if (depth > MAX_NESTING) throw new SyncmlError('invalid', path, 'commands are nested too deeply');
  const cmdId = requiredText(el, 'CmdID', path);
  const base = childOf(el, 'NoResp') === undefined ? { cmdId } : { cmdId, noResp: true };
  const metaElement = childOf(el, 'Meta');
  const meta = metaElement === undefined ? undefined : parseMeta(metaElement);
  const withMeta = meta === undefined ? base : { ...base, meta };
  switch (el.name) {
    case 'Add':
    case 'Replace':
    case 'Delete':
    case 'Copy':
    case 'Get':
      return { name: el.name, ...withMeta, items: parseItems(el, meta) };
    case 'Exec':
      return {
        name: 'Exec',
        ...withMeta,
        ...optionalText(el, 'Correlator', 'correlator'),
        items: parseItems(el, meta),
      };
    case 'Alert':
      return {
        name: 'Alert',
        ...base,
        code: numberIn(childOf(el, 'Data')),
        ...optionalText(el, 'Correlator', 'correlator'),
        items: parseItems(el, undefined),
      };
    case 'Atomic':
    case 'Sequence':
      return { name: el.name, ...withMeta, commands: parseInner(el, path, depth) };
    case 'Status': {
      const cred = childOf(el, 'Cred');
      const chal = childOf(el, 'Chal');
      return {
        name: 'Status',
        ...base,
        msgRef: requiredText(el, 'MsgRef', path),
        cmdRef: requiredText(el, 'CmdRef', path),
        cmd: requiredText(el, 'Cmd', path),
        targetRefs: allTexts(el, 'TargetRef'),
        sourceRefs: allTexts(el, 'SourceRef'),
        ...(cred !== undefined && { cred: parseCred(cred) }),
        ...(chal !== undefined && { chal: parseChal(chal) }),
        code: numberIn(childOf(el, 'Data')),
        items: parseItems(el, undefined),
      };
    }
    case 'Results':
      return {
        name: 'Results',
        ...withMeta,
        ...optionalText(el, 'MsgRef', 'msgRef'),
        cmdRef: requiredText(el, 'CmdRef', path),
        ...optionalText(el, 'TargetRef', 'targetRef'),
        ...optionalText(el, 'SourceRef', 'sourceRef'),
        items: parseItems(el, meta),
      };
    default:
      return { name: 'Unknown', ...base, element: el.name };
  }
}

const NOT_COMMANDS: ReadonlySet<string> = new Set(['CmdID', 'NoResp', 'Meta']);

function parseInner(el: Element, path: string, depth: number): RequestCommand[] {
  const commands: RequestCommand[] = [];
  for (const child of childElements(el)) {
    if (NOT_COMMANDS.has(child.name)) continue;
    const command = parseCommand(child, `${path}/${child.name}[${commands.length + 1}]`, depth + 1);
    if (command.name === 'Status' || command.name === 'Results' || command.name === 'Unknown') {
      throw new SyncmlError('invalid', path, `${child.name} cannot stand inside ${el.name}`);
    }
    commands.push(command);
  }
  return commands;
}

function parseItems(el: Element, inherited: Meta | undefined): Item[] {
  const items: Item[] = [];
  for (const child of el.children)
    if (isElement(child) && child.name === 'Item') items.push(parseItem(child, inherited));
  return items;
}

function parseItem(el: Element, inherited: Meta | undefined): Item {
  const target = optionalLocation(el, 'Target');
  const source = optionalLocation(el, 'Source');
  const metaElement = childOf(el, 'Meta');
  const meta = metaElement === undefined ? undefined : parseMeta(metaElement);
  const dataElement = childOf(el, 'Data');
  return {
    ...(target !== undefined && { target }),
    ...(source !== undefined && { source }),
    ...(meta !== undefined && { meta }),
    ...(dataElement !== undefined && { data: parseData(dataElement, meta?.format ?? inherited?.format) }),
    ...(childOf(el, 'MoreData') !== undefined && { moreData: true }),
  };
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parseData(el: Element, format: string | undefined): Data {
  const elements = childElements(el);
  if (elements.length > 0) return { elements };
  const [only] = el.children;
  if (el.children.length === 1 && only instanceof Uint8Array) {
    if (format === 'bin') return only;
    // Clients write any text as OPAQUE too; only what is no text stays octets.
    try {
      return strictUtf8.decode(only);
    } catch {
      return only;
    }
  }
  return textOf(el);
}

function parseMeta(el: Element): Meta {
  const size = sizeIn(el, 'Size');
  const maxMsgSize = sizeIn(el, 'MaxMsgSize');
  const maxObjSize = sizeIn(el, 'MaxObjSize');
  return {
    ...optionalText(el, 'Format', 'format'),
    ...optionalText(el, 'Type', 'type'),
    ...optionalText(el, 'Mark', 'mark'),
    ...(size !== undefined && { size }),
    ...optionalText(el, 'NextNonce', 'nextNonce'),
    ...(maxMsgSize !== undefined && { maxMsgSize }),
    ...(maxObjSize !== undefined && { maxObjSize }),
  };
}

function parseCred(el: Element): Cred {
  const metaElement = childOf(el, 'Meta');
  const meta: Meta = metaElement === undefined ? {} : parseMeta(metaElement);
  const data = childOf(el, 'Data');
  return {
    type: meta.type ?? 'syncml:auth-basic',
    ...(meta.format !== undefined && { format: meta.format }),
    data: data === undefined ? '' : textOf(data).trim(),
  };
}

function parseChal(el: Element): Chal {
  const metaElement = childOf(el, 'Meta');
  const meta: Meta = metaElement === undefined ? {} : parseMeta(metaElement);
  return {
    type: meta.type ?? 'syncml:auth-basic',
    ...(meta.format !== undefined && { format: meta.format }),
    ...(meta.nextNonce !== undefined && { nextNonce: meta.nextNonce }),
  };
}

function requiredText(parent: Element, name: string, path: string): string {
  const el = childOf(parent, name);
  const text = el === undefined ? '' : textOf(el).trim();
  if (text === '') throw new SyncmlError('missing', `${path}/${name}`, 'it is missing or empty');
  return text;
}

function optionalText<K extends string>(parent: Element, name: string, key: K): { readonly [P in K]?: string } {
  const el = childOf(parent, name);
  return (el === undefined ? {} : { [key]: textOf(el).trim() }) as { readonly [P in K]?: string };
}

function allTexts(parent: Element, name: string): string[] {
  return childElements(parent)
    .filter((el) => el.name === name)
    .map((el) => textOf(el).trim());
}

function requiredLocation(parent: Element, name: 'Target' | 'Source', path: string): Location {
  const location = optionalLocation(parent, name);
  if (location === undefined || location.uri === '') {
    throw new SyncmlError('missing', `${path}/${name}/LocURI`, 'it is missing or empty');
  }
  return location;
}

function optionalLocation(parent: Element, name: 'Target' | 'Source'): Location | undefined {
  const el = childOf(parent, name);
  const uri = el === undefined ? undefined : childOf(el, 'LocURI');
  if (el === undefined || uri === undefined) return undefined;
  const locName = childOf(el, 'LocName');
  const text = textOf(uri).trim();
  return locName === undefined ? { uri: text } : { uri: text, name: textOf(locName).trim() };
}

/** A status or alert code: 1 to 9 digits, else NaN. */
function numberIn(el: Element | undefined): number {
  const text = el === undefined ? '' : textOf(el).trim();
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

/** A size in octets, also one beyond 32 bits as some devices have for "any"; nonsense counts as absent. */
function sizeIn(parent: Element, name: string): number | undefined {
  const el = childOf(parent, name);
  const text = el === undefined ? '' : textOf(el).trim();
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
