// The editor of "Try it here": CodeMirror, with what a page of this course needs of it.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

// The lines that ran at one moment in a room, and the one among them that acted.
const running = StateEffect.define(); // a set of decorations
const ran = StateField.define({
  create: () => Decoration.none,
  update(marks, { changes, effects }) {
    const [told] = effects.filter((effect) => effect.is(running));
    return told ? told.value : marks.map(changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});
const ranLine = Decoration.line({ class: "room-ran" });
const actedLine = Decoration.line({ class: "room-acted" });

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
      ran,
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
    // Marks lines by their numbers, from 1, and shows the first. `acted` is one of them.
    marks: (lines, acted) => {
      const { doc } = view.state;
      const there = [...new Set(lines)].filter((line) => line > 0 && line <= doc.lines);
      const marks = there.map((line) =>
        (line === acted ? actedLine : ranLine).range(doc.line(line).from),
      );
      view.dispatch({ effects: running.of(Decoration.set(marks, true)) });
      if (!there.length) return;
      // Only the editor scrolls, and not the page around it.
      const shown = there.includes(acted) ? acted : Math.min(...there);
      const { top } = view.lineBlockAt(doc.line(shown).from);
      view.scrollDOM.scrollTop = top - view.scrollDOM.clientHeight / 2;
    },
  };
}
