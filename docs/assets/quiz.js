// Questions: a reader chooses, and is told why that is right or wrong. And lines: a reader
// puts them in order, and the exercise's tests say what is missing.
//
// The page holds the reasons, folded below each question. They are hidden until the reader
// has answered. Answers and orders are kept in the browser.

(() => {
  const { stored, store } = keeping;

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

  // What stands above the item "Left out" is the program.
  class Order {
    constructor(place) {
      const { python, whatIsMissing, element, button } = window.tryHere;
      Object.assign(this, { place, python, element, button, ...place.dataset });
      this.list = place.querySelector("ol");
      this.lines = [...this.list.children];
      this.end = element("li", { class: "order-end" }, "Left out:");
      this.items = [...this.lines, this.end];
      this.lines.forEach((line) => this.prepare(line));
      this.status = element("p", { role: "status" });
      this.result = element("div", { class: "try-result" });
      const missing = whatIsMissing();
      this.run = button("Run the tests", () => this.judge());
      const shuffle = button("Begin again", () => {
        this.arrange(this.items);
        this.keep();
      });
      place.append(...(missing ? [] : [this.run]), shuffle, this.status, this.result);
      this.arrange(this.kept());
      if (missing) this.say(`${missing} `, ...this.otherwise());
    }

    prepare(line) {
      const text = line.textContent.trim();
      const moves = { Up: ["↑", -1], Down: ["↓", 1] };
      for (const [name, [sign, by]] of Object.entries(moves)) {
        const move = this.button(sign, () => this.move(line, by) && this.keep());
        move.setAttribute("aria-label", `${name}: ${text}`);
        line.append(move);
      }
      const grip = this.element("span", { class: "order-grip", "aria-hidden": "true" }, "⠿");
      line.prepend(grip);
      grip.addEventListener("pointerdown", (event) => this.drag(line, grip, event));
    }

    // Moves the neighbor past the line, whose button keeps the focus.
    move(line, by) {
      const { previousElementSibling: above, nextElementSibling: below } = line;
      if (by < 0 && above) line.after(above);
      else if (by > 0 && below) line.before(below);
      else return false;
      return true;
    }

    // The line follows the pointer past the middle of each neighbor.
    drag(line, grip, event) {
      event.preventDefault();
      grip.setPointerCapture(event.pointerId);
      line.classList.add("order-moves");
      const middle = (item) => {
        const { top, height } = item.getBoundingClientRect();
        return top + height / 2;
      };
      grip.onpointermove = ({ clientY }) => {
        const { previousElementSibling: above, nextElementSibling: below } = line;
        if (above && clientY < middle(above)) this.move(line, -1);
        else if (below && clientY > middle(below)) this.move(line, 1);
      };
      grip.onlostpointercapture = () => {
        line.classList.remove("order-moves");
        grip.onpointermove = null;
        this.keep();
      };
    }

    arrange(items) {
      this.list.append(...items);
      this.say("");
    }

    get order() {
      return [...this.list.children].map((item) => this.items.indexOf(item));
    }

    // The order of the last visit, if the lines are still the same.
    kept() {
      const order = stored(`order:${this.file}`)?.split(",") ?? [];
      const items = order.map((index) => this.items[index]);
      return new Set(items).size === this.items.length ? items : this.items;
    }

    keep() {
      store(`order:${this.file}`, this.order.join());
      const used = this.order.indexOf(this.lines.length);
      this.say(`${used} lines, and ${this.lines.length - used} left out.`);
    }

    say(...words) {
      this.status.replaceChildren(...words);
      this.result.replaceChildren();
      this.place.classList.remove("try-good");
    }

    otherwise() {
      const [file, command] = [this.file, this.command].map((text) =>
        this.element("code", {}, text),
      );
      return ["You can write the lines into ", file, " and run ", command, "."];
    }

    async judge() {
      const chosen = [...this.list.children].slice(0, this.order.indexOf(this.lines.length));
      const text = chosen.map((line) => {
        const indent = " ".repeat(line.style.getPropertyValue("--indent"));
        return `${indent}${line.querySelector("code").textContent}\n`;
      });
      this.run.disabled = true;
      this.say("Loading Python and Twisted, and running the tests …");
      try {
        const { good, told } = await this.python.run(this.file, this.imports + text.join(""));
        const [summary, ...details] = told;
        this.say(summary);
        this.place.classList.toggle("try-good", good);
        this.result.append(...details.map((text) => this.element("p", {}, text)));
      } catch (error) {
        this.say(`${error.message} `, ...this.otherwise());
      }
      this.run.disabled = false;
    }
  }

  document.querySelectorAll(".quiz").forEach((place) => new Quiz(place));
  document.querySelectorAll(".order").forEach((place) => new Order(place));
})();
