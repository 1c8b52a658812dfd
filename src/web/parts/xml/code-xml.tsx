import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { Annotation, EditorState, type Text } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { xmlExtensions } from './xml-extensions.ts';
import type { XmlTextProps } from './xml-props.ts';

/** On a change that `value` asked for: whoever set it need not be told. */
const fromOutside = Annotation.define<boolean>();

/** {@link XmlText}, once CodeMirror is here. */
export function CodeXml({ label, value, onChange, faults, goTo, isTall = false }: XmlTextProps) {
  const home = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const tell = useRef(onChange);
  tell.current = onChange;
  const isEditable = onChange !== undefined;
  // Texts that were told and have not come back as `value` yet. One that comes back late is older than what stands here.
  const told = useRef<string[]>([]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new text goes into the editor that is there, below
  useEffect(() => {
    if (home.current === null) return;
    const made = new EditorView({
      parent: home.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          xmlExtensions(label, isEditable),
          isEditable ? lintGutter() : [],
          EditorView.updateListener.of((update) => {
            if (!update.docChanged || update.transactions.some((one) => one.annotation(fromOutside) === true)) return;
            const text = update.state.doc.toString();
            told.current.push(text);
            tell.current?.(text);
          }),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, [label, isEditable]);

  useEffect(() => {
    const { current } = view;
    const place = told.current.indexOf(value);
    told.current = told.current.slice(place + 1);
    if (place >= 0 || current === undefined || current.state.doc.toString() === value) return;
    current.dispatch({
      changes: { from: 0, to: current.state.doc.length, insert: value },
      annotations: fromOutside.of(true),
    });
  }, [value]);

  useEffect(() => {
    const { current } = view;
    if (current === undefined) return;
    const { doc } = current.state;
    current.dispatch(
      setDiagnostics(
        current.state,
        (faults ?? []).map(({ line, column, reason }): Diagnostic => {
          const from = placeOf(doc, line, column);
          return { from, to: Math.max(from, doc.lineAt(from).to), severity: 'error', message: reason };
        }),
      ),
    );
  }, [faults]);

  useEffect(() => {
    const { current } = view;
    if (current === undefined || goTo === undefined) return;
    const anchor = placeOf(current.state.doc, goTo.line, goTo.column);
    current.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
    current.focus();
  }, [goTo]);

  return <div ref={home} className="xml-text" data-tall={isTall || undefined} />;
}

/** @param line from 1 @param column from 1; both kept within the text, which may have been changed since */
function placeOf(doc: Text, line: number, column: number): number {
  const { from, to } = doc.line(Math.min(Math.max(1, line), doc.lines));
  return Math.min(from + Math.max(0, column - 1), to);
}
