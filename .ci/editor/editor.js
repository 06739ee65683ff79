// The editor of "Try it here": CodeMirror, with what a page of this course needs of it.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

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
  return {
    focus: () => view.focus(),
    text: () => view.state.doc.toString(),
    replace: (insert) =>
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert } }),
  };
}
