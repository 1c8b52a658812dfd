import { Text } from '@mantine/core';
import { memo } from 'react';
import type { components } from '../../api/schema.d.ts';
import { Instant } from '../../parts/instant.tsx';
import type { ViewNode } from '../../parts/tree-view.tsx';
import { texts } from '../../texts.ts';

export type NodeValue = components['schemas']['NodeValue'];

const words = texts.devices.tree;
/** Of larger trees the first two levels are open. */
const SMALL = 60;

interface Growing {
  readonly id: string;
  readonly name: string;
  known?: NodeValue;
  readonly children: Map<string, Growing>;
}

/** Nodes by their paths, as a tree; those above them that nothing is known of stand in it, too. */
export function treeOf(nodes: readonly NodeValue[]): readonly ViewNode[] {
  const top: Growing = { id: '', name: '', children: new Map() };
  for (const node of nodes) {
    let at = top;
    for (const name of node.locUri.split('/')) {
      let child = at.children.get(name);
      if (child === undefined) {
        child = { id: at === top ? name : `${at.id}/${name}`, name, children: new Map() };
        at.children.set(name, child);
      }
      at = child;
    }
    at.known = node;
  }
  return [...top.children.values()].map(viewOf);
}

function viewOf({ id, name, known, children }: Growing): ViewNode {
  return {
    id,
    content: <NodeLine name={name} known={known} isInterior={known === undefined || children.size > 0} />,
    children: [...children.values()].map(viewOf),
  };
}

const NodeLine = memo(function NodeLine({
  name,
  known,
  isInterior,
}: {
  readonly name: string;
  readonly known: NodeValue | undefined;
  readonly isInterior: boolean;
}) {
  return (
    <>
      <Text span className="mono" fw={isInterior ? 600 : 400}>
        {name}
      </Text>
      {known?.value !== undefined && (
        <Text span className="mono" c="dimmed" maw={280} truncate>
          {known.value}
        </Text>
      )}
      {known?.object !== undefined && (
        <Text span size="xs" c="dimmed">
          {words.object(known.object.size)}
        </Text>
      )}
      {known !== undefined && !isInterior && (
        <Text span size="xs" c="dimmed">
          <Instant at={known.at} />
        </Text>
      )}
    </>
  );
});

/** Small trees whole, of large ones the first two levels. */
export function unfoldedAtFirst(view: readonly ViewNode[]): '*' | readonly string[] {
  return countOf(view) <= SMALL ? '*' : view.flatMap(({ id, children }) => [id, ...children.map((child) => child.id)]);
}

function countOf(view: readonly ViewNode[]): number {
  return view.reduce((sum, { children }) => sum + 1 + countOf(children), 0);
}

/** Those whose path or value has all of the words in it, whatever their case. */
export function foundIn(nodes: readonly NodeValue[], search: string): readonly NodeValue[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return nodes;
  return nodes.filter(({ locUri, value = '' }) => {
    const text = `${locUri} ${value}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
