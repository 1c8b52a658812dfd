import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { xml } from '@codemirror/lang-xml';
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  syntaxHighlighting,
} from '@codemirror/language';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { styleNonce } from '../../theme.ts';

/** Each at least 4.5 to its background, in light and dark. */
const colours = HighlightStyle.define([
  { tag: tags.tagName, color: 'light-dark(#26399b, #96acfe)' },
  { tag: tags.angleBracket, color: 'light-dark(#5c636a, #a6adb5)' },
  { tag: tags.attributeName, color: 'light-dark(#7a4b00, #ffd43b)' },
  { tag: tags.attributeValue, color: 'light-dark(#1f6b2e, #8ce99a)' },
  { tag: [tags.comment, tags.processingInstruction, tags.documentMeta], color: 'light-dark(#5c636a, #a6adb5)' },
  { tag: tags.content, color: 'light-dark(#212529, #e9ecef)' },
  { tag: tags.character, color: 'light-dark(#862e9c, #e599f7)' },
  { tag: tags.invalid, color: 'light-dark(#c92a2a, #ffa8a8)' },
]);

const frame = EditorView.theme({
  '&': { fontSize: '13px', backgroundColor: 'transparent', maxHeight: 'min(70vh, 720px)' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.6' },
  '.cm-gutters': {
    backgroundColor: 'transparent',
    color: 'var(--mantine-color-dimmed)',
    borderRight: '1px solid var(--page-line)',
  },
  '.cm-content': { caretColor: 'light-dark(#000, #fff)' },
  '.cm-cursor': { borderLeftColor: 'light-dark(#000, #fff)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'light-dark(#f1f3f580, #ffffff0a)' },
  '&.cm-focused': { outline: 'none' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'light-dark(#bccaff, #3b4a86) !important',
  },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--mantine-color-error)',
    textUnderlineOffset: '3px',
  },
  '.cm-lint-marker-error': {
    content: 'none',
    width: '10px',
    height: '10px',
    margin: '5px 0 0 2px',
    borderRadius: '50%',
    backgroundColor: 'var(--mantine-color-error)',
  },
  '.cm-tooltip, .cm-panels': {
    backgroundColor: 'var(--page-surface)',
    color: 'inherit',
    border: '1px solid var(--page-line)',
  },
  '.cm-foldPlaceholder': {
    backgroundColor: 'light-dark(#f1f3f5, #34373b)',
    color: 'var(--mantine-color-dimmed)',
    border: '0',
  },
  '.cm-changedLine': { backgroundColor: 'light-dark(#2f9e4414, #51cf6614) !important' },
  '.cm-deletedChunk': { backgroundColor: 'light-dark(#e0313112, #ff6b6b14) !important' },
  '.cm-changedText': { background: 'light-dark(#2f9e4433, #51cf6633) !important' },
  '.cm-deletedText': { background: 'light-dark(#e0313133, #ff6b6b33) !important' },
  // Their signs are in few fonts.
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: 'none !important' },
  '.cm-collapsedLines': {
    background: 'light-dark(#f1f3f5, #2a2d30) !important',
    color: 'var(--mantine-color-dimmed) !important',
  },
});

/**
 * Text typed over a selection. Left to the browser, Chromium keeps the look of what was selected by an inline style, which
 * the page's policy refuses and logs.
 */
const typedOverSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { data, inputType, isComposing } = event;
    const { main } = view.state.selection;
    if (inputType !== 'insertText' || data === null || isComposing || main.empty) return false;
    const insert = () =>
      view.state.update(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handle) => handle(view, main.from, main.to, data, insert))) view.dispatch(insert());
    return true;
  },
});

/** What every view of XML has. Its styles carry the nonce that the page's policy asks for. */
export function xmlExtensions(label: string, isEditable: boolean): Extension {
  return [
    EditorView.cspNonce.of(styleNonce()),
    lineNumbers(),
    codeFolding(),
    foldGutter(),
    highlightSpecialChars(),
    bracketMatching(),
    highlightSelectionMatches(),
    xml(),
    syntaxHighlighting(colours),
    frame,
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    keymap.of([...searchKeymap, ...foldKeymap]),
    isEditable
      ? [history(), typedOverSelection, highlightActiveLine(), keymap.of([...defaultKeymap, ...historyKeymap])]
      : [EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.lineWrapping],
  ];
}
