import { readSerialisedTree } from '../../provisioning/read-serialised-tree.ts';
import { buildTnds } from '../../provisioning/tnds.ts';
import type { Encoding } from '../../syncml/media-type.ts';
import type {
  AddCommand,
  AlertCommand,
  Command,
  CopyCommand,
  Data,
  DeleteCommand,
  DmVersion,
  ExecCommand,
  Item,
  Meta,
  ReplaceCommand,
  RequestCommand,
} from '../../syncml/message.ts';
import { serialisedTreeType, TNDS_WBXML, TNDS_XML } from '../../syncml/serialised-tree.ts';
import { STATUS } from '../../syncml/status-codes.ts';
import { encodeWbxml } from '../../wire/wbxml/encode-wbxml.ts';
import { encodeXml } from '../../wire/xml/encode-xml.ts';
import type { Draft, StatusDraft } from './draft.ts';
import { LargeObject } from './large-object.ts';
import type { LaterWork, ManagementTree, NodeContent } from './management-tree.ts';
import type { NodeValue } from './tree-node.ts';
import { askUser, isUserAlert, type User } from './user.ts';

/** One Item of one command, once it has been carried out (or has failed). What was skipped (215) is not there. */
export interface Execution {
  readonly sessionId: string;
  /** The server's MsgID and CmdID. */
  readonly msgId: string;
  readonly cmdId: string;
  readonly name: string;
  /** As the server wrote it; empty for an Alert. */
  readonly locUri: string;
  readonly status: number;
}

/** Makes a command fail: returns the status to answer with, or undefined to let it happen. */
export type Refusal = (name: string, locUri: string) => number | undefined;

export interface ExecutorOptions {
  readonly tree: ManagementTree;
  readonly sessionId: string;
  /** The server's id, for access control lists. */
  readonly principal: string;
  readonly user: User;
  /** Of the session; default WBXML. */
  readonly encoding?: Encoding | undefined;
  /** Default 1.2. */
  readonly dmVersion?: DmVersion | undefined;
  /** The largest object the device takes, octets. */
  readonly maxObjSize?: number | undefined;
  readonly refuse?: Refusal | undefined;
  readonly onExecuted?: ((execution: Execution) => void) | undefined;
}

type ChangeCommand = AddCommand | ReplaceCommand | DeleteCommand | CopyCommand | ExecCommand;

/** Work with the Correlator of its Exec, which the alert about the outcome has to carry. */
export type ExecWork = LaterWork & { readonly correlator?: string };

/** What became of one command; containers carry their children. */
interface Outcome {
  readonly command: Exclude<Command, { name: 'Status' | 'Results' }>;
  /** One an Item; one alone for a command without Items. */
  parts: readonly Part[];
  readonly children: readonly Outcome[];
}

interface Part {
  readonly locUri?: string;
  readonly code: number;
  /** Of a Get that succeeded. */
  readonly results?: readonly Item[];
  /** Data of the Status' Items. */
  readonly data?: readonly string[];
}

interface Place {
  readonly insideAtomic: boolean;
}

/** 507, the status of an Atomic that was undone (OMA-TS-DM_RepPro, Atomic). */
const ATOMIC_FAILED = 507;
const ROLLED_BACK = 216;
const ROLL_BACK_FAILED = 516;

/**
 * Carries out the server's commands on the tree and answers them: a Status for each, Results for what was got
 * (OMA-TS-DM_RepPro, protocol command elements). Made for one session; an object in chunks stays with it from message
 * to message.
 *
 * - Atomic stops at the first failure: what was done is undone (216; 516 for an Exec, which cannot be unless it was put off), the rest is not
 *   executed (215), the Atomic itself is 507. An Atomic or a Get inside an Atomic fails with 500.
 * - Sequence goes on after a failure, but not after a user who said no.
 * - A user who cancels stops the whole message: the rest is 215.
 */
export class CommandExecutor {
  readonly #options: ExecutorOptions;
  readonly #largeObject: LargeObject;
  readonly #later: ExecWork[] = [];
  #cancelled = false;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#largeObject = new LargeObject(options.maxObjSize);
  }

  /** What was answered 202 in this session, in order. */
  get later(): readonly ExecWork[] {
    return this.#later;
  }

  /** @param commands of one message, in order; statuses, results and session alerts are not for here */
  run(msgId: string, commands: readonly Command[]): Draft[] {
    this.#cancelled = false;
    const drafts: Draft[] = [];
    for (const command of commands) {
      if (command.name === 'Status' || command.name === 'Results') continue;
      const items = 'items' in command ? command.items : [];
      const unfinished = this.#largeObject.interruptedBy(command.name, items);
      if (unfinished !== undefined) {
        drafts.push({ name: 'Alert', code: 1225, items: [{ source: { uri: unfinished } }] });
      }
      this.#answer(msgId, this.#execute(command, { insideAtomic: false }), drafts);
    }
    return drafts;
  }

  /** The same commands answered without touching anything, as when the server has not proved who it is. */
  decline(msgId: string, commands: readonly Command[], code: number): Draft[] {
    const drafts: Draft[] = [];
    for (const command of commands) {
      if (command.name !== 'Status' && command.name !== 'Results') answer(msgId, declined(command, code), drafts);
    }
    return drafts;
  }

  #execute(command: Outcome['command'], place: Place): Outcome {
    if (this.#cancelled) return declined(command, STATUS.notExecuted);
    switch (command.name) {
      case 'Atomic':
        return place.insideAtomic
          ? { ...declined(command, STATUS.notExecuted), parts: [{ code: STATUS.commandFailed }] }
          : this.#atomic(command, command.commands);
      case 'Sequence':
        return this.#sequence(command, command.commands, place);
      case 'Alert':
        return { command, parts: [this.#alert(command)], children: [] };
      case 'Unknown':
        return { command, parts: [{ code: STATUS.optionalFeatureNotSupported }], children: [] };
      case 'Get':
        if (place.insideAtomic) return declined(command, STATUS.commandFailed);
    }
    if (command.items.length === 0) return { command, parts: [{ code: 412 }], children: [] };
    const parts = command.items.map((item): Part => {
      const locUri = item.target?.uri;
      if (locUri === undefined) return { code: 412 };
      const refused = this.#options.refuse?.(command.name, locUri);
      if (refused !== undefined) return { locUri, code: refused };
      if (command.name === 'Get') return this.#get(locUri);
      return { locUri, code: this.#change(command, locUri, item) };
    });
    return { command, parts, children: [] };
  }

  #get(locUri: string): Part {
    if (locUri.includes('?list=')) return this.#list(locUri);
    const reading = this.#options.tree.get(locUri, this.#options.principal);
    if (typeof reading === 'number') return { locUri, code: reading };
    const { value, format, type } = reading;
    const meta: Meta = type === undefined ? { format } : { format, type };
    return { locUri, code: STATUS.ok, results: [{ source: { uri: locUri }, meta, data: value }] };
  }

  /** One Item a node, of a leaf with its data where that is asked for. */
  #list(locUri: string): Part {
    if (/\?list=TNDS(?:[-+]|$)/.test(locUri)) return this.#serialise(locUri);
    const nodes = this.#options.tree.list(locUri, this.#options.principal);
    if (typeof nodes === 'number') return { locUri, code: nodes };
    const results = nodes.map(
      ({ locUri: uri, format, type, value }): Item => ({
        source: { uri },
        meta: type === undefined ? { format } : { format, type },
        ...(value !== undefined && { data: value }),
      }),
    );
    return { locUri, code: STATUS.ok, results };
  }

  /** A serialised tree, in the encoding the session is held in. */
  #serialise(locUri: string): Part {
    const { tree, principal, encoding = 'wbxml', dmVersion = '1.2' } = this.#options;
    // Serialised trees came with DM 1.2.
    if (dmVersion === '1.1') return { locUri, code: STATUS.optionalFeatureNotSupported };
    const nodes = tree.serialise(locUri, principal);
    if (typeof nodes === 'number') return { locUri, code: nodes };
    const root = buildTnds(nodes, { encoding });
    const isXml = encoding === 'xml';
    const data = isXml ? encodeXml(root, { declaration: false }) : encodeWbxml(root, { language: 'dm-ddf-1.2' });
    const meta: Meta = isXml ? { format: 'xml', type: TNDS_XML } : { format: 'bin', type: TNDS_WBXML };
    return { locUri, code: STATUS.ok, results: [{ source: { uri: locUri }, meta, data }] };
  }

  #change(command: ChangeCommand, locUri: string, item: Item): number {
    const { tree, principal } = this.#options;
    const { name, meta: inherited } = command;
    const correlator = command.name === 'Exec' ? command.correlator : undefined;
    switch (name) {
      case 'Delete':
        return tree.delete(locUri, principal);
      case 'Copy':
        return item.source === undefined ? 412 : tree.copy(item.source.uri, locUri, principal);
      case 'Exec':
        return tree.exec(locUri, contentOf(item.data), principal, (work) => {
          this.#later.push(correlator === undefined ? work : { ...work, correlator });
        });
    }
    const content: NodeContent = {
      value: contentOf(item.data),
      format: item.meta?.format ?? inherited?.format,
      type: item.meta?.type ?? inherited?.type,
    };
    const whole = this.#largeObject.take(name, locUri, item, content);
    if (typeof whole === 'number') return whole;
    if (serialisedTreeType(whole.type) !== undefined) return this.#takeTree(name, locUri, whole);
    return name === 'Add' ? tree.add(locUri, whole, principal) : tree.replace(locUri, whole, principal);
  }

  /** A whole tree in one command (OMA-TS-DM_TNDS): all of its nodes or none. */
  #takeTree(name: 'Add' | 'Replace', locUri: string, { value, type }: NodeContent): number {
    const { tree, principal } = this.#options;
    const nodes = readSerialisedTree(value, type, locUri);
    if (nodes === undefined) return STATUS.badRequest;
    const before = tree.snapshot();
    for (const { locUri: uri, format, value: content, type: mime } of nodes) {
      const leaf = { value: content, format, type: mime };
      const exists = typeof tree.get(uri) !== 'number';
      // What is on the way may be there already.
      const status =
        format === 'node' && exists
          ? STATUS.ok
          : name === 'Add'
            ? tree.add(uri, leaf, principal)
            : tree.replace(uri, leaf, principal);
      if (status !== STATUS.ok) {
        tree.restore(before);
        return status;
      }
    }
    // Rights hold once the tree is there.
    for (const { locUri: uri, properties } of nodes) {
      for (const property of properties) {
        if (property.name !== 'ACL' && property.name !== 'Title') continue;
        tree.replace(`${uri}?prop=${property.name}`, { value: property.value });
      }
    }
    return STATUS.ok;
  }

  #alert(command: AlertCommand): Part {
    if (!isUserAlert(command.code)) return { code: STATUS.optionalFeatureNotSupported };
    const refused = this.#options.refuse?.('Alert', '');
    if (refused !== undefined) return { code: refused };
    const { status, data } = askUser(command, this.#options.user);
    if (status === STATUS.operationCancelled) this.#cancelled = true;
    return { code: status, data };
  }

  #atomic(command: Outcome['command'], commands: readonly RequestCommand[]): Outcome {
    const before = this.#options.tree.snapshot();
    const laterBefore = this.#later.length;
    const children: Outcome[] = [];
    let failed = false;
    for (const inner of commands) {
      const outcome: Outcome = failed
        ? declined(inner, STATUS.notExecuted)
        : this.#execute(inner, { insideAtomic: true });
      children.push(outcome);
      failed ||= hasFailed(outcome);
    }
    if (failed) {
      this.#options.tree.restore(before);
      this.#later.length = laterBefore;
      children.forEach(markRolledBack);
    }
    return { command, parts: [{ code: failed ? ATOMIC_FAILED : STATUS.ok }], children };
  }

  #sequence(command: Outcome['command'], commands: readonly RequestCommand[], place: Place): Outcome {
    const children: Outcome[] = [];
    let stopped = false;
    for (const inner of commands) {
      const outcome: Outcome = stopped ? declined(inner, STATUS.notExecuted) : this.#execute(inner, place);
      children.push(outcome);
      // Inside an Atomic the first failure ends it all, wherever it happens.
      stopped ||= (inner.name === 'Alert' || place.insideAtomic) && hasFailed(outcome);
    }
    return { command, parts: [{ code: STATUS.ok }], children };
  }

  #answer(msgId: string, outcome: Outcome, drafts: Draft[]): void {
    answer(msgId, outcome, drafts);
    const { onExecuted } = this.#options;
    if (onExecuted !== undefined) this.#report(msgId, outcome, onExecuted);
  }

  #report(msgId: string, { command, parts, children }: Outcome, onExecuted: (execution: Execution) => void): void {
    const { cmdId, name } = command;
    if (name !== 'Atomic' && name !== 'Sequence' && name !== 'Unknown') {
      for (const { locUri = '', code } of parts) {
        if (code === STATUS.notExecuted || code === STATUS.chunkAccepted) continue;
        onExecuted({ sessionId: this.#options.sessionId, msgId, cmdId, name, locUri, status: code });
      }
    }
    for (const child of children) this.#report(msgId, child, onExecuted);
  }
}

/** The command and all inside it with the same code, nothing executed. */
function declined(command: Outcome['command'], code: number): Outcome {
  const children = 'commands' in command ? command.commands.map((inner) => declined(inner, code)) : [];
  const items = 'items' in command && command.name !== 'Alert' ? command.items : [];
  const parts = items.map(({ target }): Part => ({ code, ...(target !== undefined && { locUri: target.uri }) }));
  return { command, parts: parts.length > 0 ? parts : [{ code }], children };
}

function isFailure(code: number): boolean {
  return code < 200 || code >= 300 || code === STATUS.operationCancelled || code === STATUS.notExecuted;
}

function hasFailed({ parts, children }: Outcome): boolean {
  return parts.some(({ code }) => isFailure(code)) || children.some(hasFailed);
}

function markRolledBack(outcome: Outcome): void {
  const isExec = outcome.command.name === 'Exec';
  outcome.parts = outcome.parts.map(({ code, ...part }) => {
    if (isFailure(code)) return { code, ...part };
    const undone = isExec && code !== STATUS.acceptedForProcessing ? ROLL_BACK_FAILED : ROLLED_BACK;
    return { code: undone, ...(part.locUri !== undefined && { locUri: part.locUri }) };
  });
  outcome.children.forEach(markRolledBack);
}

/** The Status of a command (one an Item when they differ), its Results, then those of the commands inside. */
function answer(msgId: string, { command, parts, children }: Outcome, drafts: Draft[]): void {
  if (command.noResp !== true) {
    const name = command.name === 'Unknown' ? command.element : command.name;
    const status = (members: readonly Part[]): StatusDraft => ({
      name: 'Status',
      msgRef: msgId,
      cmdRef: command.cmdId,
      cmd: name,
      targetRefs: members.flatMap(({ locUri }) => locUri ?? []),
      sourceRefs: [],
      code: members[0]?.code ?? STATUS.ok,
      items: members.flatMap(({ data = [] }) => data.map((text) => ({ data: text }))),
    });
    if (parts.every(({ code }) => code === parts[0]?.code)) drafts.push(status(parts));
    else for (const part of parts) drafts.push(status([part]));
  }
  for (const { results: items } of parts) {
    if (items !== undefined) drafts.push({ name: 'Results', msgRef: msgId, cmdRef: command.cmdId, items });
  }
  for (const child of children) answer(msgId, child, drafts);
}

function contentOf(data: Data | undefined): NodeValue | undefined {
  if (data === undefined || typeof data === 'string' || data instanceof Uint8Array) return data;
  return data.elements.map((embedded) => encodeXml(embedded, { declaration: false })).join('');
}
