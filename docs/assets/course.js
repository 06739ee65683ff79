// What a reader writes and answers is kept in the browser. One that is private may refuse:
// then the page knows it as long as it is open.
window.keeping = {
  stored(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },

  store(name, value) {
    try {
      if (value === null) localStorage.removeItem(name);
      else localStorage.setItem(name, value);
    } catch {
      // The page goes on without.
    }
  },
};

// From a console, Material's button copies the commands, without prompt and output. If
// there is none, it copies the typed lines; without any, all of the text.
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

// A button may be for a checkbox, as the theme's labels are: it opens or closes a menu.
addEventListener("click", ({ target }) => {
  const button = target.closest("button[for]");
  if (button) document.getElementById(button.getAttribute("for")).click();
});

// Escape closes the menu of a narrow screen, and goes back to the button that opened it.
addEventListener("keydown", ({ key }) => {
  const drawer = document.getElementById("__drawer");
  if (key !== "Escape" || !drawer.checked) return;
  drawer.click();
  document.querySelector("button[for=__drawer]").focus();
});

// A link to the glossary shows what its term means, on hover and focus. A finger's first
// tap shows it, too, and the second one follows the link.
addEventListener("DOMContentLoaded", () => {
  const box = Object.assign(document.createElement("p"), { id: "meaning", hidden: true });
  box.setAttribute("role", "tooltip");
  document.body.append(box);

  const hide = () => (box.hidden = true);
  const show = (link) => {
    const { left, bottom } = link.getBoundingClientRect();
    box.textContent = link.dataset.means;
    box.hidden = false;
    const fits = innerWidth - box.offsetWidth - 8;
    box.style.left = `${scrollX + Math.max(8, Math.min(left, fits))}px`;
    box.style.top = `${scrollY + bottom}px`;
  };

  for (const link of document.querySelectorAll("[data-means]")) {
    link.setAttribute("aria-describedby", box.id);
    for (const event of ["mouseenter", "focus"])
      link.addEventListener(event, () => show(link));
    link.addEventListener("blur", hide);
    link.addEventListener("mouseleave", ({ relatedTarget }) => relatedTarget === box || hide());
    link.addEventListener("pointerdown", ({ pointerType }) => {
      link.tapped = pointerType === "touch" && (box.hidden || box.textContent !== link.dataset.means);
    });
    link.addEventListener("click", (click) => {
      if (!link.tapped) return;
      click.preventDefault();
      show(link);
    });
  }
  box.addEventListener("mouseleave", hide);
  addEventListener("keydown", ({ key }) => key === "Escape" && hide());
});
