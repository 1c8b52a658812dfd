import type { DmVersion } from '../syncml/message.ts';
import { type Element, isElement } from '../wire/element.ts';
import { decodeXml, type XmlDecodeOptions, type XmlDocument } from '../wire/xml/decode-xml.ts';
import { XmlError } from '../wire/xml/xml-error.ts';
import { CommandCompiler } from './command-compiler.ts';
import { CP_ROOT, checkCpDocument } from './cp-document.ts';
import { checkAgainstDdf } from './ddf-check.ts';
import type { DeviceDescription } from './device-description.ts';
import { ElementReader } from './element-reader.ts';
import { type Fault, quoted } from './fault.ts';
import { FaultLog, type Position } from './fault-log.ts';
import type { PackageCommand } from './package-command.ts';
import { checkSendable } from './push/push-document.ts';
import { pushKindOf } from './push/push-kinds.ts';
import { DECLARATION, endOf, readUpload, refused } from './read-upload.ts';
import { BODY, HEADER_META, isCommandName, LOCATION, SYNC_HDR, SYNC_ML, standingOf } from './vocabulary.ts';

export interface CompileOptions {
  /** Octets of the document; default 5 MiB. */
  readonly maxBytes?: number;
  /** Commands, those inside Atomic and Sequence too; default 10,000. */
  readonly maxCommands?: number;
  /** Faults reported; default 1,000. One more says that there are more. */
  readonly maxFaults?: number;
  /** Of the devices it is meant for: what they would refuse is a fault, too. */
  readonly description?: DeviceDescription;
}

export const COMPILE_LIMITS: Required<Omit<CompileOptions, 'description'>> = {
  maxBytes: 5 * 1024 * 1024,
  maxCommands: 10_000,
  maxFaults: 1_000,
};

/** Far more than the commands allowed can need; the number of octets bounds it too. */
const MAX_NODES = 1_000_000;

/** `dm`: OMA DM commands. `cp`: an OMA CP document. `push`: another document that is pushed, see `PUSH_KINDS`. */
export const PACKAGE_KINDS = ['dm', 'cp', 'push'] as const;
export type PackageKind = (typeof PACKAGE_KINDS)[number];

export interface CompiledDocument {
  readonly kind: PackageKind;
  /** What a namespace or the header says; absent when neither says anything: the document fits both. */
  readonly version?: DmVersion;
  /** Top-level commands in order; none in a document that is pushed. */
  readonly commands: readonly PackageCommand[];
  /** Names of the variables, sorted, each once. Built-in ones too. */
  readonly variables: readonly string[];
  /** How many top-level commands: what a delivery counts its progress by. */
  readonly commandCount: number;
}

export type Compilation =
  | { readonly ok: true; readonly document: CompiledDocument }
  | { readonly ok: false; readonly faults: Fault[] };

/**
 * Reads an uploaded document and checks it against every rule at once; never throws for a bad one.
 *
 * An OMA DM document is one of
 * - `SyncML` with a `SyncBody`, and a `SyncHdr` or none (what it says is left aside but for the version);
 * - a `SyncBody`;
 * - a list of commands: one or several with nothing around them, or in one element of any other name without
 *   attributes (`Commands`, `Package`…).
 *
 * The elements are in the namespace `SYNCML:SYNCML1.1`, `SYNCML:SYNCML1.2` or none, those inside Meta in `syncml:metinf`
 * or none. An OMA CP document has the root `wap-provisioningdoc`; the roots of other documents to push are in `PUSH_KINDS`.
 */
export function compileDocument(input: Uint8Array | string, options: CompileOptions = {}): Compilation {
  const limits = { ...COMPILE_LIMITS, ...options };
  const upload = readUpload(input, limits.maxBytes);
  if (!upload.ok) return upload;
  const { text } = upload;
  let document: XmlDocument;
  try {
    document = readDocument(text, limits.maxBytes);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return refused(error, 'xml', error.reason);
  }
  const faults = new FaultLog(document.positionOf, limits.maxFaults);
  const reader = new ElementReader(faults);
  const { root } = document;
  let commands: PackageCommand[] = [];
  const compiler = new CommandCompiler(faults, reader, limits.maxCommands);
  const kind = kindOf(root);
  if (kind === 'cp') checkCpDocument(root, faults, reader);
  else if (kind === 'push') checkSendable(root, faults);
  else commands = compileDm(root, faults, reader, compiler);
  if (limits.description !== undefined && faults.isEmpty) {
    checkAgainstDdf(commands, limits.description, {
      onFault: ({ code, message, locUri }, command) => {
        faults.add(compiler.elementOf(command) ?? root, `ddf-${code}`, message, locUri);
      },
    });
  }
  const found = faults.sorted();
  if (found.length > 0) return { ok: false, faults: found };
  const { version, variables } = reader;
  return {
    ok: true,
    document: { kind, ...(version !== undefined && { version }), commands, variables, commandCount: commands.length },
  };
}

function kindOf(root: Element): PackageKind {
  if (root.name === CP_ROOT) return 'cp';
  return pushKindOf(root) === undefined ? 'dm' : 'push';
}

/** @throws XmlError */
function readDocument(text: string, maxBytes: number): XmlDocument {
  const options = { positions: true, maxBytes: maxBytes + 64, maxNodes: MAX_NODES };
  try {
    return decodeXml(text, options);
  } catch (error) {
    if (!(error instanceof XmlError) || !beginsWithCommand(text)) throw error;
    return readList(text, options);
  }
}

const OPEN = '<Commands>';
const CLOSE = '</Commands>';

/** A list without a root is read as the content of one, whose tags are taken off the positions again. */
function readList(text: string, options: XmlDecodeOptions): XmlDocument {
  const plain = text.replace(/^\uFEFF/, '').replace(DECLARATION, (declaration) => declaration.replace(/[^\r\n]/g, ' '));
  const shifted = ({ line, column }: Position): Position =>
    line === 1 ? { line, column: Math.max(1, column - OPEN.length) } : { line, column };
  try {
    const document = decodeXml(`${OPEN}${plain}\n${CLOSE}`, options);
    return {
      root: document.root,
      positionOf: (element) => {
        const position = document.positionOf(element);
        return position && shifted(position);
      },
    };
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    const position = shifted(error);
    const end = endOf(plain.trimEnd());
    if (position.line > end.line)
      throw new XmlError(end.line, end.column, 'the document ends before its last element does');
    throw new XmlError(position.line, position.column, error.reason);
  }
}

/** Looks past the declaration, comments, processing instructions and blanks. */
function beginsWithCommand(text: string): boolean {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  for (;;) {
    while (/\s/.test(text.charAt(at))) at += 1;
    const end = text.startsWith('<!--', at) ? '-->' : text.startsWith('<?', at) ? '?>' : undefined;
    if (end === undefined) break;
    const close = text.indexOf(end, at);
    if (close < 0) return false;
    at = close + end.length;
  }
  const name = /^<(?:[\w.-]+:)?([A-Za-z]+)[\s/>]/.exec(text.slice(at, at + 256))?.[1];
  return name !== undefined && isCommandName(name);
}

function compileDm(
  root: Element,
  faults: FaultLog,
  reader: ElementReader,
  compiler: CommandCompiler,
): PackageCommand[] {
  if (isNeutralRoot(root)) {
    reader.namespace(root, undefined);
    return compileBody(root, faults, reader, compiler);
  }
  if (isCommandName(root.name)) {
    reader.namespace(root, undefined);
    return compiler.commands([root]);
  }
  if (root.name === 'SyncBody') {
    reader.namespace(root, undefined);
    return compileBody(root, faults, reader, compiler);
  }
  if (root.name !== 'SyncML') {
    faults.add(root, 'unknown-root', `the root is SyncML, SyncBody, a command or ${CP_ROOT}, not ${quoted(root.name)}`);
    return [];
  }
  reader.namespace(root, undefined);
  let body: Element | undefined;
  for (const child of reader.children(root, SYNC_ML)) {
    if (child.name === 'SyncHdr') checkHeader(child, faults, reader);
    else body = child;
  }
  if (body !== undefined) return compileBody(body, faults, reader, compiler);
  faults.add(root, 'missing-element', 'SyncML needs a SyncBody');
  return [];
}

/** An element that is only there because XML wants one root. */
function isNeutralRoot(root: Element): boolean {
  if (standingOf(root.name).kind !== 'unknown') return false;
  return (
    /^(?:commands|package)$/i.test(root.name) ||
    root.children.some(
      (node) => isElement(node) && (isCommandName(node.name) || standingOf(node.name).kind === 'refused-command'),
    )
  );
}

function compileBody(
  body: Element,
  faults: FaultLog,
  reader: ElementReader,
  compiler: CommandCompiler,
): PackageCommand[] {
  const children = reader.children(body, BODY);
  const final = children.find((child) => child.name === 'Final');
  if (final !== undefined) {
    reader.children(final, {});
    if (final !== children.at(-1))
      faults.add(final, 'misplaced-element', `Final ends ${body.name}: no command follows it`);
  }
  if (!body.children.some((node) => isElement(node) && node.name !== 'Final')) {
    faults.add(body, 'empty-package', `${body.name} has no command`);
  }
  return compiler.commands(children);
}

function checkHeader(header: Element, faults: FaultLog, reader: ElementReader): void {
  for (const child of reader.children(header, SYNC_HDR)) {
    if (child.name === 'Target' || child.name === 'Source') {
      for (const leaf of reader.children(child, LOCATION)) reader.text(leaf);
    } else if (child.name === 'Meta') {
      reader.children(child, HEADER_META);
    } else {
      const text = reader.text(child).trim();
      if (child.name === 'VerDTD') checkVersion(child, text, '', faults, reader);
      else if (child.name === 'VerProto') checkVersion(child, text, 'DM/', faults, reader);
    }
  }
}

function checkVersion(element: Element, text: string, prefix: string, faults: FaultLog, reader: ElementReader): void {
  if (text === `${prefix}1.1`) reader.sawVersion('1.1', element);
  else if (text === `${prefix}1.2`) reader.sawVersion('1.2', element);
  else faults.add(element, 'version', `${element.name} is ${prefix}1.1 or ${prefix}1.2, not ${quoted(text)}`);
}
