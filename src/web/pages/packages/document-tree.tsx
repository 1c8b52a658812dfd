import { Badge, Group, Text } from '@mantine/core';
import { useMemo } from 'react';
import { EmptyState } from '../../parts/empty-state.tsx';
import { TreeView, type ViewNode } from '../../parts/tree-view.tsx';
import { texts } from '../../texts.ts';
import { type DocumentAct, type DocumentNode, documentTree } from './command-tree.ts';

const COLOURS: Readonly<Record<string, string>> = {
  Add: 'green',
  Replace: 'brand',
  Delete: 'red',
  Get: 'gray',
  Exec: 'grape',
  Copy: 'cyan',
};

/** What a document would make on a device, drawn as a tree. */
export function DocumentTree({ xml }: { readonly xml: string }) {
  const nodes = useMemo(() => documentTree(xml), [xml]);
  if (nodes === undefined) {
    return (
      <Text size="sm" c="dimmed">
        {texts.packages.editor.noXml}
      </Text>
    );
  }
  if (nodes.length === 0) return <EmptyState icon="package" title={texts.packages.one.treeEmpty} />;
  const view = nodes.map(viewOf);
  // A tree begins unfolded; another one is another tree.
  return <TreeView key={xml} label={texts.packages.one.treeTitle} nodes={view} unfolded="*" />;
}

function viewOf({ path, name, acts, children }: DocumentNode): ViewNode {
  return {
    id: path,
    content: (
      <Group gap={8} wrap="nowrap">
        <Text span className="mono">
          {name}
        </Text>
        {acts.map((act, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they stand in the order of the document, which does not change
          <Act key={place} act={act} />
        ))}
      </Group>
    ),
    children: children.map(viewOf),
  };
}

function Act({ act: { command, value, format } }: { readonly act: DocumentAct }) {
  return (
    <Group gap={6} wrap="nowrap">
      <Badge size="xs" variant="light" color={COLOURS[command] ?? 'gray'}>
        {command}
      </Badge>
      {format !== undefined && (
        <Text span size="xs" c="dimmed">
          {format}
        </Text>
      )}
      {value !== undefined && value !== '' && (
        <Text span className="mono" maw={360} truncate>
          {value}
        </Text>
      )}
    </Group>
  );
}
