import type { Item, Meta } from '../syncml/message.ts';
import { canonicalLocUri } from '../syncml/node-name.ts';
import { addressOf } from '../syncml/node-properties.ts';
import { isSecretNode } from '../syncml/secret-nodes.ts';
import type { TreeAnswer } from './plan-in-motion.ts';
import { type ObjectRef, reportNode } from './report-node.ts';
import type { SessionInput } from './session-input.ts';
import type { SerialisedNode } from './tree-plan.ts';

/**
 * What an Item of Results tells of the tree: a node, a property of one (`?prop=`), or all the nodes of a serialised
 * tree. Values of secret nodes are left out.
 *
 * @param ask the LocURI our Get named
 * @param source what the Item says it is of
 */
export function treeAnswerOf(
  { readTree }: Pick<SessionInput, 'readTree'>,
  ask: string,
  source: string,
  item: Item,
  inherited: Meta | undefined,
  object?: ObjectRef,
): TreeAnswer {
  const asked = addressOf(ask);
  const node = reportNode(source, item, inherited, object);
  if (asked.property !== undefined) {
    const { locUri, property: name } = asked;
    return { nodes: [], properties: [{ locUri, name, value: node.value ?? '' }] };
  }
  const serialised = readTree?.(item.data, node.type, asked.locUri);
  if (serialised !== undefined) return answerOf(serialised);
  // One that cannot be read; but a device that does not know lists may answer for the node alone.
  if (asked.list?.startsWith('TNDS') === true && node.format !== 'node') return { nodes: [], properties: [] };
  if (asked.list === undefined && !source.includes('?')) return { nodes: [node], properties: [] };
  return { nodes: [{ ...node, locUri: canonicalLocUri(addressOf(source).locUri) }], properties: [] };
}

/** The nodes of a serialised tree, less their secrets. */
export function answerOf(serialised: readonly SerialisedNode[]): TreeAnswer {
  return {
    isSerialised: true,
    nodes: serialised.map(({ properties: _, ...node }) => {
      if (!isSecretNode(node.locUri)) return node;
      const { value: _secret, ...rest } = node;
      return rest;
    }),
    properties: serialised.flatMap(({ locUri, properties }) => properties.map((one) => ({ locUri, ...one }))),
  };
}
