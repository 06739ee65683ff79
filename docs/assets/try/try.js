// "Try it here": an editor for the file above it, and a button that runs its tests, or
// the program itself if it has none.
//
// Until the reader clicks, there is only that button. Then come the editor and, in a
// worker, Python with Twisted. All editors of a page share the worker.

(() => {
  const here = new URL(".", document.currentScript.src);
  const PYODIDE = new URL(document.currentScript.dataset.pyodide, document.baseURI).href;
  const TIME_LIMIT = 10; // seconds for the tests, which need less than one
  const TOO_LONG = `Still busy after ${TIME_LIMIT} seconds, and stopped. In a server, every
    client would wait as long. Is there a loop that never ends, or a sleep?`;

  // The worker: it loads Python when it is first needed, and can be stopped at any time.
  const python = {
    watchers: new Set(), // functions that are told how many bytes have been loaded
    queue: Promise.resolve(), // the worker does one thing after the other

    load() {
      if (!this.worker) {
        this.worker = new Worker(new URL("worker.js", here), { type: "module" });
        const pack = new URL("course.zip", here).href;
        this.ready = this.send({ pyodide: PYODIDE, pack });
        this.ready.catch(() => this.stop());
      }
      return this.ready;
    },

    run(path, text, wish) {
      const turn = async () => {
        await this.load(); // again, if somebody has stopped it meanwhile
        return this.send({ path, text, wish }, TIME_LIMIT);
      };
      return (this.queue = this.queue.catch(() => {}).then(turn));
    },

    send(message, limit) {
      const { worker } = this;
      const timer = limit && setTimeout(() => this.stop(TOO_LONG), limit * 1000);
      return new Promise((resolve, reject) => {
        this.reject = reject;
        worker.onerror = () => reject(new Error("the browser could not start it"));
        worker.onmessage = ({ data }) => {
          if (data.loaded) this.watchers.forEach((watch) => watch(data.loaded));
          else if (data.failed) reject(new Error(data.failed));
          else resolve(data.result);
        };
        worker.postMessage(message);
      }).finally(() => clearTimeout(timer));
    },

    stop(reason) {
      this.worker?.terminate();
      this.worker = undefined;
      this.reject?.(new Error(reason));
    },
  };

  // One place on the page: the button, and then what takes its place.
  class Trial {
    constructor(place) {
      this.place = place;
      const { file, command, bytes } = place.dataset;
      Object.assign(this, { file, command, bytes: Number(bytes) });
      this.what = command.includes("pytest") ? "the tests" : "it";
      this.block = place.previousElementSibling; // the file, as the page shows it
      this.original = `${this.block.querySelector("code").textContent.trimEnd()}\n`;
      const open = button("Try it here", () => this.open());
      const missing = whatIsMissing();
      if (missing) place.append(element("p", {}, missing, " ", ...this.otherwise()));
      else place.append(open, element("span", {}, "Python and Twisted, in this page."));
    }

    otherwise() {
      const command = element("code", {}, this.command);
      return ["You can edit ", element("code", {}, this.file), " and run ", command, "."];
    }

    async open() {
      this.status = element("p", { role: "status" });
      this.progress = element("progress", { value: 0, "aria-label": "Loading" });
      this.place.replaceChildren(this.status, this.progress);
      this.say("Loading the editor …");
      try {
        await script("editor.js");
      } catch {
        return this.say("The editor could not be loaded. ", ...this.otherwise());
      }
      if (this.block.querySelector(".filename")?.textContent !== this.file)
        this.original = await whole(this.block); // it shows a part
      this.block.hidden = true;
      const frame = element("div", { class: "highlight" });
      this.run = button(`Run ${this.what}`, () => this.judge());
      this.stop = button("Stop", () => python.stop("Stopped."));
      const reset = button("Reset", () => this.editor.replace(this.original));
      this.result = element("div", { class: "try-result" });
      const bar = element("div", { class: "try-bar" }, this.run, reset, this.stop);
      this.place.prepend(frame, bar);
      this.place.append(this.result);
      this.editor = editor.open(frame, {
        text: stored(this.file) ?? this.original,
        label: `${this.file}. Escape and then Tab leave the editor.`,
        changed: (text) => {
          store(this.file, text, this.original);
          this.room?.edited();
        },
        run: () => this.judge(),
      });
      this.editor.focus();
      await this.during(() => this.load());
      await this.openRoom();
    }

    // Below the editor of a server, the reader plays its clients.
    async openRoom() {
      const { room } = this.place.dataset;
      if (!room || this.room) return;
      try {
        await script("room.js");
      } catch {
        return this.say("The room could not be loaded.");
      }
      this.run.hidden = room === "only";
      this.room = tryHere.room(this);
      this.place.append(this.room.place);
      await this.room.open();
    }

    // Loads Python, and shows how far it is.
    async load() {
      const watch = (loaded) => {
        this.progress.hidden = false;
        this.progress.value = loaded / this.bytes;
        const [some, all] = [loaded, this.bytes].map((n) => (n / 1e6).toFixed(1));
        this.say(`Loading Python and Twisted: ${some} of ${all} MB`);
      };
      python.watchers.add(watch);
      try {
        await python.load();
        this.say(`Ready. Ctrl and Enter run ${this.what}, too.`);
      } finally {
        python.watchers.delete(watch);
        this.progress.hidden = true;
      }
    }

    judge() {
      return this.during(async () => {
        await this.load();
        this.say(`Running ${this.what} …`);
        const text = this.editor.text();
        const { good, told, diagram, script } = await python.run(this.file, text);
        const [summary, ...details] = told;
        this.say(summary);
        this.place.classList.toggle("try-good", good);
        this.result.replaceChildren(...details.map((text) => element("p", {}, text)));
        this.result.append(this.room?.judged(script) ?? "");
        this.result.insertAdjacentHTML("beforeend", diagram);
      });
    }

    // Does what may take its time, or fail, or be stopped; then says why.
    async during(act) {
      this.run.disabled = true;
      this.stop.hidden = false;
      this.result.replaceChildren();
      try {
        await act();
      } catch (error) {
        this.say(`${error.message} `, ...this.otherwise());
      }
      this.run.disabled = false;
      this.stop.hidden = true;
    }

    say(...words) {
      this.status.replaceChildren(...words);
    }
  }

  // Why this browser, or this way to open the page, cannot run Python; or nothing.
  function whatIsMissing() {
    if (location.protocol === "file:")
      return "To try this here, open the site from a web server, such as mkdocs serve.";
    if (!window.Worker || !window.WebAssembly)
      return "To try this here, you need a newer browser, with WebAssembly.";
    return "";
  }

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function button(label, act) {
    const made = element("button", { type: "button", class: "md-button" }, label);
    made.addEventListener("click", act);
    return made;
  }

  // All of a file, of which a block shows a part.
  async function whole(block) {
    const answer = await fetch(block.querySelector(".filename a").href);
    return (await answer.text()).replace("\ufeff", "");
  }

  const scripts = new Map(); // promises, by name

  function script(name) {
    if (!scripts.has(name))
      scripts.set(
        name,
        new Promise((resolve, reject) => {
          const made = element("script", { src: new URL(name, here).href });
          made.onload = resolve;
          made.onerror = () => {
            scripts.delete(name);
            reject(new Error(name));
          };
          document.head.append(made);
        }),
      );
    return scripts.get(name);
  }

  // What the reader wrote is kept in the browser, if the browser keeps anything.
  function stored(file) {
    try {
      return localStorage.getItem(`try:${file}`);
    } catch {
      return null;
    }
  }

  function store(file, text, original) {
    try {
      if (text === original) localStorage.removeItem(`try:${file}`);
      else localStorage.setItem(`try:${file}`, text);
    } catch {
      // A private window may refuse; the text is kept as long as the page is open.
    }
  }

  window.tryHere = { here, element, button, python, stored, store };
  const places = [...document.querySelectorAll(".try")];
  places.forEach((place) => new Trial(place));
  const linked = (place) => location.hash.startsWith(`#room=${place.dataset.file}=`);
  places.find(linked)?.scrollIntoView({ block: "center" });
})();
