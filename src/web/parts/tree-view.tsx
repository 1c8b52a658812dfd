import { type KeyboardEvent, memo, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { Icon } from './icon.tsx';

/** A node of a {@link TreeView}. */
export interface ViewNode {
  /** Unique in the tree. */
  readonly id: string;
  /** In one line. */
  readonly content: ReactNode;
  readonly children: readonly ViewNode[];
}

/** A node that is shown: those above it are open. */
interface Shown {
  readonly node: ViewNode;
  /** From 1. */
  readonly level: number;
  /** Among its siblings, from 1. */
  readonly place: number;
  readonly siblings: number;
}

/** What a line takes, in pixels; `page.css` says the same. */
const LINE = 28;
/** Fewer are all drawn. */
const MOST_DRAWN = 150;
/** Lines drawn above and below what is in sight. */
const BEYOND = 20;

/**
 * A tree that unfolds, with the keys of trees: the arrows go through it, Home and End to its ends, Enter and space choose.
 * However many nodes are open, only those in sight are drawn.
 */
export function TreeView({
  label,
  nodes,
  unfolded,
  selected,
  onSelect,
}: {
  /** What it is, for those who listen. */
  readonly label: string;
  readonly nodes: readonly ViewNode[];
  /** Ids of nodes that are open at first; `*` is all. */
  readonly unfolded: '*' | readonly string[];
  readonly selected?: string;
  /** Absent: choosing a node opens or folds it. */
  readonly onSelect?: (id: string) => void;
}) {
  // Kept as what differs from the beginning, so that nodes which come later are open where all are.
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const first = useMemo(() => (unfolded === '*' ? undefined : new Set(unfolded)), [unfolded]);
  const isOpen = (id: string): boolean => (first === undefined || first.has(id)) !== toggled.has(id);
  // biome-ignore lint/correctness/useExhaustiveDependencies: isOpen is made of the other two
  const shown = useMemo(() => shownOf(nodes, isOpen), [nodes, toggled, first]);
  const [active, setActive] = useState<string>();
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const hasWindow = shown.length > MOST_DRAWN;
  useEffect(() => {
    const element = box.current;
    if (element === null || !hasWindow) return undefined;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, [hasWindow]);

  const toggle = (id: string): void => {
    setToggled((was) => {
      const next = new Set(was);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  };
  const choose = (one: Shown): void => {
    setActive(one.node.id);
    const hasChildren = one.node.children.length > 0;
    if (hasChildren && (onSelect === undefined || !isOpen(one.node.id))) toggle(one.node.id);
    onSelect?.(one.node.id);
  };
  const goTo = (place: number): void => {
    const element = box.current;
    const one = shown[place];
    if (one === undefined || element === null) return;
    setActive(one.node.id);
    // Into sight first: what is not drawn cannot be focused.
    if (place * LINE < element.scrollTop) element.scrollTop = place * LINE;
    else if ((place + 1) * LINE > element.scrollTop + element.clientHeight) {
      element.scrollTop = (place + 1) * LINE - element.clientHeight;
    }
    if (hasWindow) setTop(element.scrollTop);
    requestAnimationFrame(() => element.querySelector<HTMLElement>(`[data-place="${place}"]`)?.focus());
  };
  const activePlace = Math.max(
    shown.findIndex(({ node }) => node.id === (active ?? selected)),
    0,
  );
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = shown[activePlace];
    if (at === undefined) return;
    const { id, children } = at.node;
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => goTo(activePlace + 1),
      ArrowUp: () => goTo(activePlace - 1),
      Home: () => goTo(0),
      End: () => goTo(shown.length - 1),
      ArrowRight: () => {
        if (children.length > 0) isOpen(id) ? goTo(activePlace + 1) : toggle(id);
      },
      ArrowLeft: () => {
        if (children.length > 0 && isOpen(id)) toggle(id);
        else goTo(shown.findLastIndex(({ level }, place) => place < activePlace && level < at.level));
      },
      Enter: () => choose(at),
      ' ': () => choose(at),
    };
    const act = keys[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
  const from = hasWindow ? Math.max(Math.floor(top / LINE) - BEYOND, 0) : 0;
  const to = hasWindow ? Math.ceil((top + height) / LINE) + BEYOND : shown.length;
  return (
    <div
      ref={box}
      role="tree"
      aria-label={label}
      className="tree-view"
      onKeyDown={onKeyDown}
      {...(hasWindow && { onScroll: ({ currentTarget }) => setTop(currentTarget.scrollTop) })}
    >
      {/* What is not drawn keeps its place. */}
      <div role="none" style={{ blockSize: `${from * LINE}px` }} />
      {shown.slice(from, to).map((one, index) => (
        <Line
          key={one.node.id}
          {...one}
          at={from + index}
          isOpen={isOpen(one.node.id)}
          isSelected={one.node.id === selected}
          canFocus={from + index === activePlace}
          isChoice={onSelect !== undefined}
          act={(way) => (way === 'toggle' ? toggle(one.node.id) : choose(one))}
        />
      ))}
      <div role="none" style={{ blockSize: `${Math.max(shown.length - to, 0) * LINE}px` }} />
    </div>
  );
}

const Line = memo(
  function Line({
    node: { content, children },
    level,
    place,
    siblings,
    at,
    isOpen,
    isSelected,
    canFocus,
    isChoice,
    act,
  }: Shown & {
    readonly at: number;
    readonly isOpen: boolean;
    readonly isSelected: boolean;
    readonly canFocus: boolean;
    readonly isChoice: boolean;
    readonly act: (way: 'choose' | 'toggle') => void;
  }) {
    return (
      // biome-ignore lint/a11y/useKeyWithClickEvents: the tree listens to the keys
      <div
        role="treeitem"
        className="tree-line"
        aria-level={level}
        aria-posinset={place}
        aria-setsize={siblings}
        {...(children.length > 0 && { 'aria-expanded': isOpen })}
        {...(isChoice && { 'aria-selected': isSelected })}
        tabIndex={canFocus ? 0 : -1}
        data-place={at}
        style={{ paddingInlineStart: `${(level - 1) * 20}px` }}
        onClick={() => act('choose')}
      >
        <span
          className="tree-twig"
          data-open={(children.length > 0 && isOpen) || undefined}
          aria-hidden="true"
          onClick={(event) => {
            if (children.length === 0) return;
            event.stopPropagation();
            act('toggle');
          }}
        >
          {children.length > 0 && <Icon name="chevron" size={14} />}
        </span>
        {content}
      </div>
    );
  },
  // What it does is always the same for the same node.
  (was, is) =>
    was.node === is.node &&
    was.level === is.level &&
    was.place === is.place &&
    was.siblings === is.siblings &&
    was.at === is.at &&
    was.isOpen === is.isOpen &&
    was.isSelected === is.isSelected &&
    was.canFocus === is.canFocus,
);

function shownOf(nodes: readonly ViewNode[], isOpen: (id: string) => boolean): readonly Shown[] {
  const shown: Shown[] = [];
  const walk = (some: readonly ViewNode[], level: number): void => {
    for (const [index, node] of some.entries()) {
      shown.push({ node, level, place: index + 1, siblings: some.length });
      if (node.children.length > 0 && isOpen(node.id)) walk(node.children, level + 1);
    }
  };
  walk(nodes, 1);
  return shown;
}
