// The editor of "Try it here": CodeMirror, with what a page of this course needs of it.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

// The marked lines, until they are changed or others are marked.
const marking = StateEffect.define(); // a set of decorations
const marked = StateField.define({
  create: () => Decoration.none,
  update(marks, { changes, effects }) {
    const [told] = effects.filter((effect) => effect.is(marking));
    return told ? told.value : marks.map(changes);
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
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
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
    // Marks lines by their numbers, from 1, each with a class; those it has not, not.
    // Only the editor scrolls to the last of them, unless `show` is to move the page.
    mark: (lines, show = false) => {
      const { doc } = view.state;
      const there = Object.entries(lines).filter(([line]) => doc.lines >= line && line > 0);
      const marks = there.map(([line, name]) =>
        Decoration.line({ class: name }).range(doc.line(line).from),
      );
      const effects = [marking.of(Decoration.set(marks, true))];
      const at = marks.at(-1)?.from;
      if (marks.length && show) effects.push(EditorView.scrollIntoView(at, { y: "center" }));
      view.dispatch({ effects });
      if (marks.length && !show) {
        const { top } = view.lineBlockAt(at);
        view.scrollDOM.scrollTop = top - view.scrollDOM.clientHeight / 2;
      }
    },
  };
}
