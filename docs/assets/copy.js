// From a console, Material's button copies the commands, without prompt and output. If
// there is none, it copies what is typed; and if nothing is, all of the text.
addEventListener("click", ({ target }) => {
  const id = target.closest(".language-console button")?.dataset.clipboardTarget;
  if (!id) return;
  const code = document.querySelector(id);
  const commands = code.textContent.match(/(?<=^\$ ).+/gm);
  const typed = [...code.querySelectorAll(".hll")].map((line) => line.textContent.trim());
  const lines = commands ?? typed;
  // Material takes this attribute rather than the text; its own listener comes later.
  if (lines.length) code.dataset.copy = lines.join("\n");
}, true);
