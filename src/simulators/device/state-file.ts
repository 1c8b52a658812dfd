import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rootFromJson } from './tree-file.ts';
import type { InteriorNode } from './tree-node.ts';

/** What a device on the command line keeps between two runs. */
export interface DeviceState {
  readonly root: InteriorNode;
  readonly clientNonce?: Uint8Array;
  readonly serverNonce?: Uint8Array;
}

/**
 * Reads `{"tree": …, "nonces": {"client": base64, "server": base64}}`, or a tree alone. Undefined when there is no file.
 * @throws Error naming the file and what is off
 */
export function loadState(file: string): DeviceState | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const json: unknown = JSON.parse(text);
    const { tree, nonces } = (json ?? {}) as { tree?: unknown; nonces?: { client?: unknown; server?: unknown } };
    const root = rootFromJson(tree ?? json);
    return {
      root,
      ...(typeof nonces?.client === 'string' && { clientNonce: fromBase64(nonces.client) }),
      ...(typeof nonces?.server === 'string' && { serverNonce: fromBase64(nonces.server) }),
    };
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Written beside the file and moved over it: a run that is killed leaves the old state or the new one. */
export function saveState(file: string, tree: unknown, clientNonce: Uint8Array, serverNonce: Uint8Array): void {
  const nonces = { client: toBase64(clientNonce), server: toBase64(serverNonce) };
  writeFileSync(`${file}.new`, `${JSON.stringify({ nonces, tree }, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

const toBase64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64');
const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
