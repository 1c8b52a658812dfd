import { canonicalLocUri } from '../syncml/node-name.ts';
import type { AccessType, DescribedNode, DeviceDescription, NodeDescription } from './device-description.ts';
import { type DdfFaultCode, quoted } from './fault.ts';

import { effectiveFormat, type PackageCommand, type PackageItem, type PackageItemsCommand } from './package-command.ts';

/** A command of a package that the described device would refuse. */
export interface DdfFault {
  /** Of the command's start tag in the uploaded document, counted from 1. */
  readonly line: number;
  readonly code: DdfFaultCode;
  /** For the author of the document. Never a value. */
  readonly message: string;
  /** As the package writes it. */
  readonly locUri: string;
}

export interface DdfCheckOptions {
  /** Faults reported; default 1,000. */
  readonly maxFaults?: number;
  /** Told of every fault with the very command it is about. */
  readonly onFault?: (fault: DdfFault, command: PackageCommand) => void;
}

const MAX_FAULTS = 1_000;

/**
 * Holds a package against the description of the device it is meant for, or several that describe its objects together
 * (OMA-TS-DM_TND-V1_2_1, 9.4): does every node exist, does it take the command (AccessType), is the value of its format
 * (DFFormat), and is nothing permanent added or deleted (Scope). In the order of the commands; never throws.
 *
 * - A node of any name matches every name that is not described beside it. Where two descriptions match, one that has
 *   nothing against the command is enough.
 * - A segment with a variable in it matches every name.
 * - Of a node without properties nothing is checked but that it is there.
 * - A property (`?prop=`) has access rights of its own; only a permanent node's name is known to be fixed.
 * - Copy is checked where it reads; whether it may write is Add or Replace, whichever it will be.
 */
export function checkAgainstDdf(
  commands: readonly PackageCommand[],
  descriptions: DeviceDescription | readonly DeviceDescription[],
  options: DdfCheckOptions = {},
): DdfFault[] {
  const roots = (Array.isArray(descriptions) ? descriptions : [descriptions]) as readonly DeviceDescription[];
  const checker = new Checker(
    roots.flatMap((description) => description.children),
    options.maxFaults ?? MAX_FAULTS,
    options.onFault,
  );
  checker.commands(commands);
  return checker.faults;
}

type Complaint = Pick<DdfFault, 'code' | 'message'>;

class Checker {
  readonly faults: DdfFault[] = [];
  readonly #root: DescribedNode;
  readonly #max: number;
  readonly #onFault: DdfCheckOptions['onFault'];

  constructor(children: readonly DescribedNode[], max: number, onFault: DdfCheckOptions['onFault']) {
    this.#onFault = onFault;
    this.#root = { children };
    this.#max = max;
  }

  commands(commands: readonly PackageCommand[]): void {
    for (const command of commands) {
      if (this.faults.length >= this.#max) return;
      if ('commands' in command) this.commands(command.commands);
      else if (command.name !== 'Alert') for (const item of command.items) this.#item(command, item);
    }
  }

  #item(command: PackageItemsCommand, item: PackageItem): void {
    const target = item.target?.uri;
    if (command.name === 'Copy') {
      const source = item.source?.uri;
      if (source !== undefined) this.#node(command, source, (node) => accessFault(node, 'Copy'));
      if (target !== undefined) {
        this.#node(command, target, (node) => {
          if (node.access.includes('Add') || node.access.includes('Replace')) return undefined;
          return { code: 'access', message: `a Copy to it needs Add or Replace, it takes ${listed(node)}` };
        });
      }
    } else if (target !== undefined) {
      const format = effectiveFormat(item.meta, command.meta);
      const said = item.meta?.format !== undefined || command.meta?.format !== undefined;
      this.#node(command, target, (node, query) =>
        this.#complaint(node, query, command.name as AccessType, format, said),
      );
    }
  }

  #complaint(
    node: NodeDescription,
    query: string,
    name: AccessType,
    format: string,
    said: boolean,
  ): Complaint | undefined {
    if (query.startsWith('prop=')) {
      if (name !== 'Replace' || query !== 'prop=Name' || node.scope !== 'permanent') return undefined;
      return { code: 'scope', message: 'the name of a permanent node is fixed' };
    }
    if ((name === 'Add' || name === 'Delete') && node.scope === 'permanent') {
      return { code: 'scope', message: `${name} of a permanent node: it is always there` };
    }
    return (
      accessFault(node, name) ?? (name === 'Add' || name === 'Replace' ? formatFault(node, format, said) : undefined)
    );
  }

  /** Adds a fault unless one of the nodes described at that place has nothing against it. */
  #node(
    command: PackageItemsCommand,
    locUri: string,
    complaintOf: (node: NodeDescription, query: string) => Complaint | undefined,
  ): void {
    if (this.faults.length >= this.#max) return;
    const mark = locUri.indexOf('?');
    const { nodes, missing } = this.#find(mark < 0 ? locUri : locUri.slice(0, mark));
    const query = mark < 0 ? '' : locUri.slice(mark + 1);
    let first: Complaint | undefined;
    for (const { properties } of nodes) {
      const complaint = properties && complaintOf(properties, query);
      if (complaint === undefined) return;
      first ??= complaint;
    }
    first ??= { code: 'unknown-node', message: `the description has no ${quoted(missing)}` };
    const fault = { line: command.line, ...first, locUri };
    this.faults.push(fault);
    this.#onFault?.(fault, command);
  }

  /** Every described node of that LocURI, or the shortest part of it that none has. */
  #find(locUri: string): { readonly nodes: readonly DescribedNode[]; readonly missing: string } {
    let nodes: readonly DescribedNode[] = [this.#root];
    if (locUri === '.') return { nodes, missing: '' };
    const segments = (locUri.startsWith('./') ? locUri.slice(2) : locUri).split('/');
    for (const [index, segment] of segments.entries()) {
      nodes = nodes.flatMap((node) => childrenNamed(node, segment));
      if (nodes.length === 0) return { nodes, missing: `./${segments.slice(0, index + 1).join('/')}` };
    }
    return { nodes, missing: '' };
  }
}

function childrenNamed(node: DescribedNode, segment: string): readonly DescribedNode[] {
  if (segment.includes('{{')) return node.children;
  const name = canonicalLocUri(`./${segment}`).slice(2);
  const named = node.children.filter((child) => isCalled(child, name));
  return named.length > 0 ? named : node.children.filter((child) => child.name === undefined);
}

function isCalled(node: DescribedNode, name: string): boolean {
  if (node.name === undefined) return false;
  return node.name === name || (node.ignoreCase === true && node.name.toLowerCase() === name.toLowerCase());
}

function accessFault(node: NodeDescription, name: AccessType): Complaint | undefined {
  if (node.access.includes(name)) return undefined;
  return { code: 'access', message: `${name} is not among what the node takes: ${listed(node)}` };
}

function listed({ access }: NodeDescription): string {
  return access.length === 0 ? 'nothing' : access.join(', ');
}

/** `b64` in a command is a way to carry `bin` (OMA-TS-DM_TND-V1_2_1, 7.7.2). */
function formatFault(node: NodeDescription, format: string, said: boolean): Complaint | undefined {
  const carried = format === 'b64' ? 'bin' : format;
  if (node.formats.length === 0 || node.formats.some((known) => known === carried)) return undefined;
  const own = said ? format : `${format}, as no Format is given`;
  return { code: 'format', message: `the node is of format ${node.formats.join(' or ')}, the value of ${own}` };
}
