import type { Data, Item, RequestCommand } from '../syncml/message.ts';
import { canonicalLocUri } from '../syncml/node-name.ts';

export interface ExpectedLeaf {
  /** Text as sent; octets (formats `bin` and `b64`) as base64; embedded elements are not compared: `undefined`. */
  readonly value: string | undefined;
  /** `bin` where base64 was only the way to carry it (OMA-TS-DM_TND-V1_2_1, 7.7.2). */
  readonly format: string;
}

/**
 * The leaves a device should hold once it has carried out these commands in order: what Add, Replace and Copy put there
 * and Delete did not take away again. Keys are LocURIs with `./` in front. Only what the commands themselves say:
 * nodes the device had before, and properties (`?prop=`), are not in it.
 */
export function expectedLeaves(commands: readonly RequestCommand[]): Map<string, ExpectedLeaf> {
  const leaves = new Map<string, ExpectedLeaf>();
  apply(commands, leaves);
  return leaves;
}

function apply(commands: readonly RequestCommand[], leaves: Map<string, ExpectedLeaf>): void {
  for (const command of commands) {
    switch (command.name) {
      case 'Atomic':
      case 'Sequence':
        apply(command.commands, leaves);
        break;
      case 'Add':
      case 'Replace':
        for (const item of command.items) set(item, item.meta?.format ?? command.meta?.format ?? 'chr', leaves);
        break;
      case 'Delete':
        for (const { target } of command.items) {
          if (target !== undefined) remove(canonicalLocUri(target.uri), leaves);
        }
        break;
      case 'Copy':
        for (const { source, target } of command.items) {
          if (source === undefined || target === undefined) continue;
          copy(canonicalLocUri(source.uri), canonicalLocUri(target.uri), leaves);
        }
        break;
      default:
        break;
    }
  }
}

function set(item: Item, format: string, leaves: Map<string, ExpectedLeaf>): void {
  if (item.target === undefined || item.target.uri.includes('?')) return;
  const locUri = canonicalLocUri(item.target.uri);
  if (format === 'node') {
    leaves.delete(locUri);
    return;
  }
  leaves.set(locUri, { value: leafValue(item.data), format: format === 'b64' ? 'bin' : format });
}

function leafValue(data: Data | undefined): string | undefined {
  if (data === undefined) return '';
  if (typeof data === 'string') return data;
  return data instanceof Uint8Array ? Buffer.from(data).toString('base64') : undefined;
}

function remove(locUri: string, leaves: Map<string, ExpectedLeaf>): void {
  for (const key of leaves.keys()) {
    if (key === locUri || key.startsWith(`${locUri}/`)) leaves.delete(key);
  }
}

function copy(from: string, to: string, leaves: Map<string, ExpectedLeaf>): void {
  for (const [key, leaf] of [...leaves]) {
    if (key === from || key.startsWith(`${from}/`)) leaves.set(to + key.slice(from.length), leaf);
  }
}
