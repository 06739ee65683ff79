// Questions: a reader chooses, and is told why that is right or wrong.
//
// The page holds each reason, folded below its question. Here it is folded away until the
// reader has answered, and what was chosen is kept in the browser.

(() => {
  class Quiz {
    constructor(place) {
      this.name = `quiz:${place.dataset.key}`;
      this.told = place.querySelector("[role=status]");
      this.answers = place.querySelector("details");
      this.answers.hidden = true;
      const check = document.createElement("button");
      check.type = "button";
      check.className = "md-button";
      check.textContent = "Check";
      check.addEventListener("click", () => this.check());
      this.told.before(check);
      this.options = [...place.querySelectorAll("input")];
      for (const option of this.options) {
        // Arrows choose an option, so only Enter or the button asks for the reason.
        option.addEventListener("change", () => this.tell());
        option.addEventListener("keydown", ({ key }) => key === "Enter" && this.check());
        option.checked = option.value === stored(this.name);
        if (option.checked) this.tell(option.value);
      }
    }

    check() {
      const chosen = this.options.find((option) => option.checked);
      if (!chosen) return this.told.replaceChildren("Choose an answer first.");
      this.tell(chosen.value);
      store(this.name, chosen.value);
    }

    tell(letter) {
      const reason = this.answers.querySelector(`[data-answer="${letter}"]`);
      this.told.replaceChildren(...(reason ? [reason.cloneNode(true)] : []));
      this.answers.hidden = !reason;
    }
  }

  // A browser, or a private window, may keep nothing. Then the page forgets.
  function stored(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  }

  function store(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
      // The answer stands as long as the page is open.
    }
  }

  document.querySelectorAll(".quiz").forEach((place) => new Quiz(place));
})();
