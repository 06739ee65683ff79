// The editor of "Try it here": CodeMirror, with what a page of this course needs of it.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

// The line that fails, until it is changed or another one fails.
const failing = StateEffect.define(); // the position where it begins, or nothing
const mark = Decoration.line({ class: "try-failing" });
const marked = StateField.define({
  create: () => Decoration.none,
  update(marks, { changes, effects }) {
    const [told] = effects.filter((effect) => effect.is(failing));
    if (!told) return marks.map(changes);
    return told.value == null ? Decoration.none : Decoration.set([mark.range(told.value)]);
  },
  provide: (field) => EditorView.decorations.from(field),
});

// Opens an editor in `parent`. `changed` is called with each new text, `run` on request.
export function open(parent, { text, label, changed, run }) {
  const view = new EditorView({
    parent,
    doc: text,
    extensions: [
      lineNumbers(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      indentUnit.of("    "),
      EditorState.tabSize.of(4),
      marked,
      python(),
      syntaxHighlighting(classHighlighter), // the site's stylesheet has the colours
      EditorView.contentAttributes.of({ "aria-label": label }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) changed(update.state.doc.toString());
      }),
      keymap.of([
        { key: "Mod-Enter", run: () => (run(), true) },
        ...defaultKeymap,
        ...historyKeymap,
        indentWithTab, // CodeMirror lets Tab leave after Escape
      ]),
    ],
  });
  view.scrollDOM.tabIndex = 0; // a keyboard may scroll it, too
  return {
    focus: () => view.focus(),
    text: () => view.state.doc.toString(),
    replace: (insert) =>
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert } }),
    // Marks a line by its number, from 1; 0 is none.
    mark: (line) => {
      const { doc } = view.state;
      const at = line && line <= doc.lines ? doc.line(line).from : null;
      const show = at == null ? [] : EditorView.scrollIntoView(at, { y: "center" });
      view.dispatch({ effects: [failing.of(at), show].flat() });
    },
  };
}
