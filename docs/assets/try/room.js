// A live room below an editor of "Try it here": terminals of clients who talk to the
// reader's server, what happens there as a picture, and a slider that goes back.
//
// The page keeps the script, in the language of `diagram` fences. Python plays it, and
// answers with all that is shown here: see docs/machinery/try_here/room.py.

tryHere.room = (() => {
  const { element, button, python } = tryHere;
  const { stored, store } = keeping;
  const NAMES = "Alice Bob Carol Dave Eve Frank Grace Heidi".split(" ");
  const PAUSE = 700; // milliseconds after the last key, when the actions are played again
  // What a terminal cannot type; a client that is reading stops, and another reads again.
  const DEEDS = [
    ["half-closes", "Half-close: send no more"],
    ["disconnects", "Hang up"],
    ["is cut off", "Break the connection"],
    ["stops reading", "Stop reading"],
    ["reads again", "Read again"],
  ];

  class Room {
    constructor(trial) {
      this.trial = trial;
      this.key = `try:room:${trial.file}`;
      this.actions = [];
      this.script = null; // until Python has said with which one the room opens
      this.terminals = new Map();
      this.said = element("p", { role: "status", class: "room-said" });
      this.heard = element("p", { role: "status", class: "room-heard" });
      this.people = element("div", { class: "room-terminals" });
      this.changed = element("div", { class: "room-changed" });
      this.log = element("pre", { tabindex: 0, role: "region" });
      this.log.setAttribute("aria-label", "The server's terminal");
      this.range = element("input", { type: "range", min: 0, step: 1 });
      this.range.addEventListener("input", () => this.goTo(Number(this.range.value)));
      this.event = element("div", { class: "room-event" });
      this.state = element("table", { class: "room-values" });
      this.picture = element("div", { class: "room-picture" });
      const back = element("label", {}, "Go back and forth: ", this.range);
      const time = (n, word) => button(`${word} passes`, () => this.act(`${n} seconds pass`));
      this.place = element(
        "section",
        { class: "room", "aria-label": `A room with ${trial.file}` },
        element("div", { class: "room-back" }, back, this.event),
        this.said,
        this.heard,
        this.people,
        element("div", { class: "room-server" }, "The server's terminal", this.log),
        element(
          "div",
          { class: "room-bar" },
          button("Connect another client", () => this.act(`${this.newName()} connects`)),
          button("A second passes", () => this.act("1 second passes")),
          time(60, "A minute"),
          button("Start again", () => this.play(null)),
        ),
        this.changed,
        element("div", { class: "room-state", tabindex: 0, role: "region" }, this.state),
        this.picture,
        element(
          "div",
          { class: "room-bar" },
          button("Copy as a diagram", () => this.copy(this.fence(), "The script")),
          button("Copy a link", async () => this.copy(await this.link(), "A link")),
        ),
      );
      this.place.querySelector(".room-state").setAttribute("aria-label", "The state");
    }

    // Opens with what a link or the last visit has left, or as Python says.
    async open() {
      const linked = await fromLink(this.trial.file);
      if (linked?.text) this.trial.editor.replace(linked.text);
      const kept = linked?.script ?? JSON.parse(stored(this.key) ?? "null");
      await this.play(kept);
    }

    // Has Python play a script. What was played already stays as it is.
    async play(script, marks = true) {
      clearTimeout(this.timer);
      const { answer, failed } = await this.ask({ script });
      if (failed) return this.say(failed);
      if (answer.trouble) return this.say(answer.trouble);
      const { kept, actions, stopped, changed, ...rest } = answer;
      Object.assign(this, rest);
      this.actions = [...this.actions.slice(0, kept), ...actions];
      this.moments = this.actions.flatMap(({ moments }) => moments);
      store(this.key, JSON.stringify(this.script));
      this.range.max = this.moments.length;
      this.show(this.moments.length, rest.diagram, marks);
      this.compare(changed);
      const news = kept ? actions : this.actions.slice(-1);
      const shown = news.flatMap((action) => action.shown);
      const heard = shown.filter(({ kind }) => kind !== "typed" && kind !== "did");
      const told = heard.map(({ who, text }) => `${who || "The server logs"}: ${text}`);
      this.say(stopped ?? news.flatMap((action) => action.told).join(" "));
      this.heard.textContent = told.join(" ");
    }

    async ask(wish) {
      try {
        if (!python.worker) await this.trial.load();
        const { file, editor } = this.trial;
        return { answer: await python.run(file, editor.text(), wish) };
      } catch (error) {
        return { failed: error.message };
      }
    }

    // An action after going back takes the place of what came after it.
    act(...lines) {
      let count = 0;
      const before = this.actions.filter(({ moments }) => {
        count += moments.length;
        return count - moments.length < this.position || count <= this.position;
      });
      return this.play([...before.slice(1).map(({ line }) => line), ...lines]);
    }

    // The reader's code has changed: the same actions again, after a pause. Nothing is
    // marked in the editor, where the reader is.
    edited() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.play(this.script, false), PAUSE);
    }

    newName() {
      const there = this.clients.map(({ name }) => name);
      return NAMES.find((name) => !there.includes(name)) ?? `Guest${there.length}`;
    }

    async goTo(position) {
      this.show(position);
      this.wanted = position;
      if (this.drawing) return;
      this.drawing = true; // one picture at a time, and then the last that is wanted
      for (let drawn = -1; drawn !== this.wanted; ) {
        drawn = this.wanted;
        const { answer } = await this.ask({ script: this.script, events: drawn });
        if (answer?.diagram && drawn === this.wanted) this.draw(answer.diagram);
      }
      this.drawing = false;
    }

    // Shows what was so after some of the events.
    show(position, diagram, marks = true) {
      this.position = position;
      this.range.value = position;
      const moment = this.moments[position - 1];
      const { label } = moment?.event ?? { label: "Nothing has happened yet" };
      const what = `Event ${position} of ${this.moments.length}: ${label}`;
      this.range.setAttribute("aria-valuetext", what);
      this.event.textContent = what;
      const lines = (moment?.lines ?? []).map((line) => [line, "room-ran"]);
      const acted = moment?.error ? "try-failing" : "room-acted";
      if (marks) this.trial.editor.mark({ ...Object.fromEntries(lines), [moment?.line]: acted });
      const shown = this.actions.flatMap((action) => action.shown);
      // What a client does comes before the event that it leads to.
      const end = position === this.moments.length;
      const does = ({ kind }) => kind === "typed" || kind === "did";
      const now = shown.filter((it) => end || it.at < position + (does(it) ? 0 : 1));
      this.showPeople(now);
      const logged = now.filter(({ who }) => !who);
      fill(this.log, logged);
      this.showState(moment?.state ?? [], this.moments[position - 2]?.state ?? []);
      if (diagram !== undefined) this.draw(diagram);
    }

    draw(diagram) {
      this.picture.innerHTML = diagram;
      const box = this.picture.querySelector("figure > div");
      if (box) box.scrollTop = box.scrollHeight;
    }

    showPeople(shown) {
      for (const { name, connected, reads } of this.clients) {
        if (!this.terminals.has(name)) this.add(name);
        const terminal = this.terminals.get(name);
        const text = shown.filter(({ who }) => who === name);
        fill(terminal.log, text);
        terminal.place.classList.toggle("room-gone", !connected);
        for (const [verb, deed] of terminal.deeds) {
          deed.hidden = verb === (reads ? "reads again" : "stops reading");
          deed.disabled = !connected;
        }
        terminal.again.hidden = connected;
      }
      for (const [name, { place }] of this.terminals)
        place.hidden = !this.clients.some((client) => client.name === name);
    }

    // Adds a client's terminal.
    add(name) {
      const log = element("pre", { tabindex: 0, role: "region" });
      log.setAttribute("aria-label", `What ${name} sees`);
      const input = element("input", { type: "text", autocomplete: "off" });
      input.spellcheck = false;
      const method = element("select", { "aria-label": "Method" });
      method.append(...["GET", "HEAD", "POST"].map((word) => element("option", {}, word)));
      if (this.http) input.value = "/";
      const form = element("form", {});
      const label = element("label", {}, `${name} ${this.http ? "asks for" : "types"} `);
      const enter = element("button", { class: "md-button" }, "Enter");
      form.append(...(this.http ? [method] : []), label, enter);
      label.append(input);
      const take = () => {
        const head = `${method.value} ${input.value} HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n`;
        const text = this.http ? head : `${input.value.replaceAll("\\", "\\\\")}\\n`;
        if (!this.http) input.value = "";
        return text;
      };
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const there = this.clients.some((c) => c.name === name && c.connected);
        this.act(...(there ? [] : [`${name} connects`]), `${name} sends ${take()}`);
      });
      const pieces = button("Send it in two pieces", () => {
        const text = take();
        const half = text.match(/\\.|./gu);
        const cut = Math.floor(half.length / 2);
        const [a, b] = [half.slice(0, cut), half.slice(cut)].map((part) => part.join(""));
        const first = a && `${name} sends ${a.replace(/ $/, "\\x20")}`;
        this.act(...[first, `${name} sends ${b}`].filter(Boolean));
      });
      const again = button("Connect again", () => this.act(`${name} connects`));
      const deeds = [
        ["pieces", pieces],
        ...DEEDS.map(([verb, words]) => [verb, button(words, () => this.act(`${name} ${verb}`))]),
      ];
      const more = element("details", { class: "room-more" }, element("summary", {}, `${name} can also …`));
      more.append(...deeds.map(([, deed]) => deed), again);
      const place = element("section", { class: "room-terminal" }, log, form, more);
      place.setAttribute("aria-label", `${name}'s terminal`);
      place.classList.toggle("room-http", this.http);
      place.prepend(element("strong", {}, name));
      this.people.append(place);
      this.terminals.set(name, { place, log, deeds, again });
    }

    showState(rows, before) {
      const old = new Map(before);
      this.state.replaceChildren(
        ...rows.map(([name, value]) => {
          const cell = element("td", {}, value);
          if (old.get(name) !== value) cell.className = "room-new";
          return element("tr", {}, element("th", { scope: "row" }, name), cell);
        }),
      );
    }

    // What another version of the code does in another way.
    compare(changed) {
      this.changed.replaceChildren(
        ...changed.map(({ line, before, after }) => {
          const [was, is] = [before, after].map((told) => told.join(" ") || "nothing");
          return element("p", {}, `${line || "Start"}: `, element("del", {}, was), " → ", element("ins", {}, is));
        }),
      );
      if (changed.length)
        this.changed.prepend(element("strong", {}, "With your change, this is different:"));
    }

    // The tests have failed: offers what the first failed test did, to be played.
    judged(script) {
      if (!script?.length) return "";
      return button("Play the case that fails", () => {
        this.play(script);
        this.place.scrollIntoView({ block: "nearest" });
      });
    }

    say(text) {
      this.said.textContent = text;
    }

    fence() {
      const { file } = this.trial;
      const server = file.includes("/exercises/") ? file.replace(/\/[^/]+$/, "") : file;
      const head = `title: What happens in ${file.split("/").at(-1)}`;
      return ["```diagram", head, `server: ${server} ${this.server}`, "---", ...this.script, "```", ""].join("\n");
    }

    async link() {
      const { file, editor, original } = this.trial;
      const text = editor.text() === original ? undefined : editor.text();
      const url = new URL(location.href);
      url.hash = `room=${file}=${await packed({ script: this.script, text })}`;
      return url.href;
    }

    async copy(text, what) {
      try {
        await navigator.clipboard.writeText(text);
        this.say(`${what} is copied.`);
      } catch {
        this.say(text); // to be copied by hand
      }
    }
  }

  function fill(log, shown) {
    log.replaceChildren(
      ...shown.map(({ kind, text }) => {
        const told = kind === "did" ? `(${text})\n` : kind === "end" ? `(${text})\n` : text;
        const line = /\n$/.test(told) ? told : `${told}⏎\n`.replace("⏎", kind === "log" ? "" : "⋯");
        return element("span", { class: `room-${kind}` }, line);
      }),
    );
    log.scrollTop = log.scrollHeight;
  }

  // A link has it all in its fragment, which no browser sends to a server.
  async function packed(value) {
    const stream = new Blob([JSON.stringify(value)]).stream();
    const bytes = await through(stream, new CompressionStream("deflate-raw"));
    const text = btoa(String.fromCharCode(...bytes));
    return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  async function fromLink(file) {
    const head = `#room=${file}=`;
    if (!location.hash.startsWith(head)) return null;
    try {
      const text = location.hash.slice(head.length);
      const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
      const bytes = Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
      const all = await through(new Blob([bytes]).stream(), new DecompressionStream("deflate-raw"));
      return JSON.parse(new TextDecoder().decode(all));
    } catch {
      return null; // it was cut on its way
    }
  }

  async function through(stream, transform) {
    return new Uint8Array(await new Response(stream.pipeThrough(transform)).arrayBuffer());
  }

  return (trial) => new Room(trial);
})();
