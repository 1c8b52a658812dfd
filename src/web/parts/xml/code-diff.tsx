import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { xmlExtensions } from './xml-extensions.ts';
import type { XmlDiffProps } from './xml-props.ts';

/** {@link XmlDiff}, once CodeMirror is here. */
export function CodeDiff({ label, before, after }: XmlDiffProps) {
  const home = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (home.current === null) return;
    const view = new EditorView({
      parent: home.current,
      state: EditorState.create({
        doc: after,
        extensions: [
          xmlExtensions(label, false),
          unifiedMergeView({
            original: before,
            mergeControls: false,
            gutter: true,
            collapseUnchanged: { margin: 3, minSize: 6 },
          }),
        ],
      }),
    });
    return () => view.destroy();
  }, [label, before, after]);
  return <div ref={home} className="xml-text" />;
}
