import type { Data, Item, Meta } from '../syncml/message.ts';
import { isSecretNode } from '../syncml/secret-nodes.ts';

/** A value that is kept apart, because it is large. */
export interface ObjectRef {
  readonly id: string;
  /** Octets. */
  readonly size: number;
}

export interface NodeReport {
  readonly locUri: string;
  /** Text, or base64 when `format` is `b64`. */
  readonly value?: string;
  readonly format?: string;
  readonly type?: string;
  /** In place of the value. */
  readonly object?: ObjectRef;
}

/** An Item as the last known value of its node. Secrets are not kept; embedded elements count as a value we do not show. */
export function reportNode(locUri: string, item: Item, inherited: Meta | undefined, object?: ObjectRef): NodeReport {
  const format = item.meta?.format ?? inherited?.format;
  const type = item.meta?.type ?? inherited?.type;
  const value = isSecretNode(locUri) ? undefined : valueText(item.data);
  const binary = item.data instanceof Uint8Array;
  return {
    locUri,
    ...(value !== undefined && { value }),
    ...(binary ? { format: 'b64' } : format !== undefined && { format }),
    ...(type !== undefined && { type }),
    ...(object !== undefined && { object }),
  };
}

function valueText(data: Data | undefined): string | undefined {
  if (data === undefined || typeof data === 'string') return data;
  return data instanceof Uint8Array ? Buffer.from(data).toString('base64') : undefined;
}
