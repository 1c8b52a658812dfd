import { Group, getTreeExpandedState, Tree, type TreeNodeData, useTree } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';

/** A node of a {@link TreeView}. */
export interface ViewNode {
  /** Unique in the tree. */
  readonly id: string;
  readonly content: ReactNode;
  readonly children: readonly ViewNode[];
}

/** A tree that unfolds, with the keys of trees: arrows go through it, space and Enter unfold. */
export function TreeView({
  label,
  nodes,
  unfolded,
  onSelect,
}: {
  /** What it is, for those who listen. */
  readonly label: string;
  readonly nodes: readonly ViewNode[];
  /** Ids of nodes that are open at first; `*` is all. */
  readonly unfolded: '*' | string[];
  readonly onSelect?: (id: string) => void;
}) {
  const data = nodes.map(dataOf);
  const tree = useTree({
    initialExpandedState: getTreeExpandedState(data, unfolded),
    onSelectedStateChange: ([id]) => {
      if (id !== undefined) onSelect?.(id);
    },
  });
  return (
    <Tree
      aria-label={label}
      className="tree-view"
      data={data}
      tree={tree}
      levelOffset={22}
      selectOnClick={onSelect !== undefined}
      renderNode={({ node, expanded, hasChildren, elementProps }) => (
        <Group gap={6} wrap="nowrap" align="flex-start" {...elementProps}>
          <span className="tree-twig" data-open={expanded || undefined} aria-hidden="true">
            {hasChildren && <Icon name="chevron" size={14} />}
          </span>
          {node.label}
        </Group>
      )}
    />
  );
}

function dataOf({ id, content, children }: ViewNode): TreeNodeData {
  return { value: id, label: content, ...(children.length > 0 && { children: children.map(dataOf) }) };
}
