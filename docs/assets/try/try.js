// "Try it here": an editor for the file above it, and a button that runs its tests, or
// the program itself if it has none.
//
// Until the reader clicks, there is only that button. Then come the editor and, in a
// worker, Python with Twisted. All editors of a page share the worker.

(() => {
  const { stored, store } = keeping;
  const here = new URL(".", document.currentScript.src);
  const PYODIDE = new URL(document.currentScript.dataset.pyodide, document.baseURI).href;
  const PATIENCE = { file: 20, start: 120, run: 10 }; // seconds without a sign of life
  const SLOW = 5; // a run may be silent that many times as long as Python took to start

  // The worker: it loads Python when it is first needed, and can be stopped at any time.
  const python = {
    watchers: new Set(), // functions that are told how far loading is
    queue: Promise.resolve(), // the worker does one thing after the other

    load() {
      if (!this.worker) {
        this.worker = new Worker(new URL("worker.js", here), { type: "module" });
        const pack = new URL("course.zip", here).href;
        const limit = PATIENCE.start;
        const late = `Python has not started: nothing has happened for ${limit} seconds.`;
        this.ready = this.send({ pyodide: PYODIDE, pack }, limit, late);
        this.ready.catch(() => {}); // the code that waits for it says why
      }
      return this.ready;
    },

    run(path, text, wish) {
      const turn = async () => {
        const started = await this.load(); // again, if somebody has stopped it meanwhile
        const limit = Math.ceil(Math.max(PATIENCE.run, SLOW * started));
        const late = `Stopped: no line of yours has run for ${limit} seconds. Does a
          call wait, such as a sleep? Then every client of a server would wait as long.`;
        return this.send({ path, text, wish }, limit, late);
      };
      return (this.queue = this.queue.catch(() => {}).then(turn));
    },

    // Has the worker do something; stops it when there is no sign of life for too long.
    send(message, limit, late) {
      const { worker } = this;
      let timer;
      return new Promise((resolve, reject) => {
        this.reject = reject;
        const wait = () => {
          clearTimeout(timer);
          timer = setTimeout(() => this.stop(late), limit * 1000);
        };
        worker.onerror = () => this.stop("The browser could not start Python.");
        worker.onmessage = ({ data }) => {
          wait();
          if ("result" in data) resolve(data.result);
          else if (data.failed) this.stop(data.failed);
          else this.watchers.forEach((watch) => watch(data));
        };
        worker.postMessage(message);
        wait();
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
      const { file, command = `python ${file}`, bytes } = place.dataset;
      Object.assign(this, { file, command, bytes: Number(bytes) });
      this.what = command.includes("pytest") ? "the tests" : "it";
      this.block = place.previousElementSibling; // the file, as the page shows it
      const missing = whatIsMissing();
      if (missing) place.append(element("p", {}, missing, " ", ...this.otherwise()));
      else this.offer("Try it here", "Python and Twisted, in this page.");
      this.tick();
    }

    // A passed exercise has a tick, at its heading and in the table of contents.
    tick() {
      if (this.ticked || !this.file.includes("/exercises/")) return;
      this.ticked = stored(`try:${this.file} passed`);
      let heading = this.place;
      while (heading && heading.tagName !== "H2") heading = heading.previousElementSibling;
      if (!this.ticked || !heading) return;
      const entries = document.querySelectorAll(`[href="#${heading.id}"] .md-ellipsis`);
      for (const name of [heading, ...entries])
        name.append(element("span", { role: "img", "aria-label": "passed" }, " ✓"));
    }

    offer(label, ...words) {
      const open = button(label, () => this.open());
      // Loading begins while the pointer rests on the button, unless data is dear.
      let timer;
      const load = () => Promise.allSettled([python.load(), script("editor.js")]);
      open.addEventListener("click", () => clearTimeout(timer));
      open.addEventListener("pointerenter", () => {
        if (!navigator.connection?.saveData) timer = setTimeout(load, 150);
      });
      open.addEventListener("pointerleave", () => clearTimeout(timer));
      this.place.replaceChildren(open, element("span", {}, ...words));
    }

    otherwise() {
      const command = element("code", {}, this.command);
      return ["You can edit ", element("code", {}, this.file), " and run ", command, "."];
    }

    async open() {
      this.status = element("p", { role: "status" });
      this.progress = element("progress", { "aria-label": "Loading" });
      this.place.replaceChildren(this.status, this.progress);
      this.say("Loading the editor …");
      const ready = python.load(); // meanwhile
      try {
        [this.original] = await Promise.all([
          twice(() => this.source()),
          script("editor.js"),
          script("try.css"),
        ]);
      } catch {
        const why = "The editor could not be loaded. ";
        return this.offer("Try again", why, ...this.otherwise());
      }
      this.block.hidden = true;
      const frame = element("div", { class: "highlight" });
      this.run = button(`Run ${this.what}`, () => this.judge());
      this.stop = button("Stop", () => python.stop("Stopped."));
      const reset = button("Reset", () => this.editor.replace(this.original));
      const bar = element("div", { class: "try-bar" }, this.run, reset, this.stop);
      bar.append(this.status, this.progress);
      this.result = element("section", { class: "try-result", "aria-label": "Result" });
      this.place.replaceChildren(frame, bar, this.result);
      this.editor = editor.open(frame, {
        text: stored(`try:${this.file}`) ?? this.original,
        label: `${this.file}. Escape and then Tab leave the editor.`,
        changed: (text) => {
          store(`try:${this.file}`, text === this.original ? null : text);
          this.room?.edited();
        },
        run: () => this.judge(),
      });
      this.editor.focus();
      if (await this.during(() => this.load(ready))) await this.openRoom();
    }

    // Below a server, the reader plays its clients.
    async openRoom() {
      const { room } = this.place.dataset;
      if (!room || this.room) return;
      try {
        await script("room.js");
      } catch {
        return this.say("The room could not be loaded. ", ...this.otherwise());
      }
      this.run.hidden = room === "only";
      this.room = tryHere.room(this);
      this.place.append(this.room.place);
      await this.room.open();
    }

    // Returns the whole file, which the block links to, and of which it may show parts.
    async source() {
      const { href } = this.block.querySelector(".filename a");
      const response = await fetch(href, { signal: AbortSignal.timeout(PATIENCE.file * 1000) });
      if (!response.ok) throw new Error(href);
      return response.text();
    }

    // Waits until Python is loaded, and shows how far it is.
    async load(ready = python.load()) {
      const watch = ({ loaded, phase }) => {
        this.progress.hidden = false;
        if (phase) {
          this.progress.removeAttribute("value"); // nobody knows how long it takes
          this.say(`${phase} …`);
        } else if (loaded) {
          this.progress.value = loaded / this.bytes;
          const [some, all] = [loaded, this.bytes].map((n) => (n / 1e6).toFixed(1));
          this.say(`Loading Python and Twisted: ${some} of ${all} MB`);
        }
      };
      python.watchers.add(watch);
      try {
        await ready;
        const only = this.place.dataset.room === "only" && "Change the program, and talk to it below.";
        this.say(`Ready. ${only || `Ctrl and Enter run ${this.what}, too.`}`);
      } finally {
        python.watchers.delete(watch);
        this.progress.hidden = true;
      }
    }

    judge() {
      return this.during(async () => {
        await this.load();
        await this.openRoom(); // if Python could not be loaded before
        if (this.run.hidden) return; // a step of a ladder has no tests
        this.say(`Running ${this.what} …`);
        const text = this.editor.text();
        const { good, told, diagram, line, script } = await python.run(this.file, text);
        const [summary, ...details] = told.flatMap((text, at) => (at ? text : text.split("\n")));
        this.say(summary);
        this.place.classList.toggle("try-good", good);
        if (good) store(`try:${this.file} passed`, "yes");
        this.tick();
        this.editor.mark({ [line]: "try-failing" }, true);
        this.result.replaceChildren(...details.map((text) => element("p", {}, text)));
        if (this.room) this.result.append(this.room.judged(script));
        else this.result.insertAdjacentHTML("beforeend", diagram);
      });
    }

    // Does what may take its time, or fail, or be stopped; then says why.
    async during(act) {
      this.run.disabled = true;
      this.stop.hidden = false;
      this.result.replaceChildren();
      let done = true;
      try {
        await act();
      } catch (error) {
        done = false;
        this.say(`${error.message} `, ...this.otherwise());
      }
      this.run.disabled = false;
      this.stop.hidden = true;
      return done;
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

  const scripts = new Map(); // promises, by name

  const twice = (act) => act().catch(act);

  // Loads one of our scripts or styles, if it is not here already.
  function script(name) {
    if (!scripts.has(name)) {
      const loading = twice(() => attempt(name));
      scripts.set(name, loading);
      loading.catch(() => scripts.delete(name));
    }
    return scripts.get(name);
  }

  function attempt(name) {
    const { href } = new URL(name, here);
    const made = name.endsWith(".css")
      ? element("link", { rel: "stylesheet", href })
      : element("script", { src: href });
    return new Promise((resolve, reject) => {
      made.onload = resolve;
      made.onerror = reject;
      setTimeout(reject, PATIENCE.file * 1000);
      document.head.append(made);
    }).catch((error) => {
      made.remove();
      throw error;
    });
  }

  const places = [...document.querySelectorAll(".try")];
  places.forEach((place) => new Trial(place));
  const linked = (place) => location.hash.startsWith(`#room=${place.dataset.file}=`);
  places.find(linked)?.scrollIntoView({ block: "center" });
  // Rooms, and lines that are put in order, in quiz.js, use the same Python.
  window.tryHere = { python, whatIsMissing, element, button };
})();
