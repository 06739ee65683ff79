// The page of the chat. What the server sends is a line of text, and it stays text: it
// reaches the page through `textContent` alone, so no part of it can become HTML.

const MOST_LINES = 500; // in the page, of each place
const MOST_BYTES = 512; // in a line, as the server counts
const KEPT = 20; // lines of a channel that a server with a memory shows newcomers
const RETRY = 3; // seconds until a name that is still taken is asked for again

const $ = (id) => document.getElementById(id);
const input = $("text");

const places = new Map(); // channels, and people with whom there is a private talk
let here = null; // the place that is shown
let me = ""; // the name that the server knows
let wanted = sessionStorage.getItem("nick"); // the name to ask for
let unwanted = ""; // a channel to be in for no longer than it takes to leave it
const whispered = []; // [to, text] of private lines that the server has not answered

let socket = null;
let delay = 1; // seconds until the next attempt to connect
let attempt = 0; // the timer that waits for it

function make(tag, text, parent, className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  parent.append(element);
  return element;
}

// ---- The connection

function connect() {
  clearTimeout(attempt);
  socket = new WebSocket(new URL("chat", location.href.replace(/^http/, "ws")));
  socket.onopen = () => (delay = 1);
  socket.onmessage = (event) => receive(event.data);
  socket.onclose = lose;
}

function lose() {
  socket.onclose = socket.onmessage = null; // a second event would connect twice
  socket.close();
  clearTimeout(attempt);
  whispered.length = 0;
  const seconds = delay * (1 + Math.random()); // so that a class does not come at once
  status("Not connected. Trying again. You can go on typing.");
  attempt = setTimeout(connect, seconds * 1000);
  delay = Math.min(delay * 2, 8);
}

function connected() {
  return socket.readyState === WebSocket.OPEN;
}

function write(line) {
  if (connected()) socket.send(line);
}

function status(text, good = false) {
  if ($("status").textContent !== text) $("status").textContent = text;
  $("status").className = good ? "" : "bad";
}

// ---- What the server says

const answers = [
  [/^(#\S+) <(\S+)> (.*)$/s, (channel, nick, text) => show(place(channel), nick, text)],
  [/^<(\S+)> (.*)$/s, whisper],
  [/^\* You are (\S+)$/, enter],
  [/^\* Say /, () => {}], // for terminals; the page has buttons
  [/^\* (\S+) has joined (#\S+)$/, join],
  [/^\* (\S+) has left (#\S+)$/, leave],
  [/^\* (\S+) is now known as (\S+)$/, rename],
  [/^\* In (#\S+): (.*)$/, (channel, nicks) => meet(channel, nicks.split(", "))],
  [/^\[(\S+) (\S+)Z\] (#\S+) <(\S+)> (.*)$/s, remember],
  [/^error: (.*)$/s, refuse],
];

function receive(line) {
  for (const [pattern, answer] of answers) {
    const found = pattern.exec(line);
    if (found) return answer(...found.slice(1));
  }
  note(line);
}

function enter(nick) {
  const channels = [...places.keys()].filter((name) => name.startsWith("#"));
  for (const channel of channels) places.get(channel).nicks.clear();
  know(nick);
  if (wanted) write(`/nick ${wanted}`);
  for (const channel of channels) if (channel !== "#lobby") write(`/join ${channel}`);
  // The server takes each newcomer to #lobby, also one that had left it.
  unwanted = channels.length && !channels.includes("#lobby") ? "#lobby" : "";
  if (unwanted) write(`/leave ${unwanted}`);
}

function know(nick) {
  me = nick;
  $("nick").value = nick;
  status(`You are ${nick}`, true);
}

function join(nick, channel) {
  if (nick === me) {
    if (channel === unwanted) return;
    if (!places.has(channel)) go(place(channel));
    write(`/names ${channel}`);
  }
  place(channel).nicks.add(nick);
  tell(place(channel), `${nick} has joined`);
}

function leave(nick, channel) {
  if (nick === me) {
    if (channel === unwanted) unwanted = "";
    return close(channel);
  }
  place(channel).nicks.delete(nick);
  tell(place(channel), `${nick} has left`);
}

function rename(old, nick) {
  if (old === me) {
    wanted = nick;
    sessionStorage.setItem("nick", nick);
    know(nick);
  }
  if (places.has(old) && !places.has(nick)) {
    const talk = places.get(old);
    places.delete(old);
    places.set((talk.name = nick), talk);
  }
  for (const there of places.values()) {
    if (!there.nicks.delete(old)) continue;
    there.nicks.add(nick);
    tell(there, `${old} is now known as ${nick}`);
  }
  draw();
}

function meet(channel, nicks) {
  for (const nick of nicks) place(channel).nicks.add(nick);
  draw();
}

// A line from before one came. After a reconnection it may stand there already.
function remember(day, minute, channel, nick, text) {
  const there = place(channel);
  const known = there.said.includes(`${nick} ${text}`);
  if (!known) show(there, nick, text, new Date(`${day}T${minute}Z`));
}

// The server shows a private line to its sender as well, and does not say to whom.
function whisper(nick, text) {
  const sent = whispered.findIndex(([, said]) => nick === me && said === text);
  const partner = sent < 0 ? nick : whispered.splice(sent, 1)[0][0];
  show(place(partner), nick, text);
}

function refuse(why) {
  if (me !== wanted && why.startsWith(`${wanted} is taken`)) {
    // The server may need some time to find out that an old connection is gone.
    status(`${wanted} is still taken. You are ${me} for now.`);
    setTimeout(() => me !== wanted && write(`/nick ${wanted}`), RETRY * 1000);
    return;
  }
  const sent = whispered.findIndex(([to]) => why === `nobody here is called ${to}`);
  if (sent >= 0) whispered.splice(sent, 1);
  note(why);
}

// ---- Places, and the lines in them

function place(name) {
  if (!places.has(name)) {
    const log = make("div", "", $("logs"));
    log.setAttribute("role", "log"); // a screen reader speaks each new line
    log.setAttribute("aria-label", name);
    log.tabIndex = 0; // so that the keyboard can scroll it
    log.hidden = true;
    const nicks = new Set(name.startsWith("#") ? [] : [name]);
    const there = { name, log, nicks, said: [], unread: 0, atEnd: true, height: 0 };
    places.set(name, there);
    log.onscroll = () => {
      there.atEnd = log.scrollTop + log.clientHeight > there.height - 40;
    };
    if (!here) go(there);
    draw();
  }
  return places.get(name);
}

function go(there) {
  here = there;
  there.unread = 0;
  there.atEnd = true;
  for (const { log } of places.values()) log.hidden = log !== there.log;
  draw();
}

function close(name) {
  const gone = places.get(name);
  if (!gone) return;
  places.delete(name);
  gone.log.remove();
  if (here === gone) {
    here = null;
    if (places.size) go(places.values().next().value);
  }
  draw();
}

function add(there, className, when = new Date()) {
  const { log } = there;
  const line = make("p", "", log, className);
  const today = when.toDateString() === new Date().toDateString();
  const date = today ? {} : { day: "numeric", month: "short" };
  const shown = when.toLocaleString([], { ...date, hour: "2-digit", minute: "2-digit" });
  make("time", shown, line).dateTime = when.toISOString();
  draw();
  return line;
}

function show(there, nick, text, when) {
  there.said = [...there.said, `${nick} ${text}`].slice(-KEPT);
  const line = add(there, "said", when);
  name(nick, line);
  line.append(" ");
  make("bdi", text, line);
  if (there !== here || document.hidden) there.unread += 1;
}

function tell(there, text) {
  make("span", text, add(there, "event"));
}

function note(text) {
  if (here) make("span", text, add(here, "error"));
  else status(text);
}

function name(nick, parent) {
  let hue = 0;
  for (const letter of nick.toLowerCase()) hue = (hue * 31 + letter.charCodeAt(0)) % 997;
  make("b", nick, parent, "name").style.setProperty("--hue", hue * 137.5);
}

// ---- What stands around them

let drawing = 0;

// Soon, and once for all that arrives until then.
function draw() {
  drawing ||= setTimeout(drawNow);
}

function drawNow() {
  drawing = 0;
  const unread = [...places.values()].reduce((sum, there) => sum + there.unread, 0);
  document.title = unread ? `(${unread}) Chat` : "Chat";
  $("place").textContent = here ? here.name : "Nowhere";
  $("leave").hidden = !here;
  $("who").hidden = !here?.name.startsWith("#");
  input.placeholder = here ? `Message to ${here.name}` : "Join a channel first";
  const nicks = here ? [...here.nicks].sort((a, b) => a.localeCompare(b)) : [];
  $("count").textContent = nicks.length;
  list($("places"), [...places.values()], drawPlace);
  list($("people"), nicks, drawPerson);
  for (const { log } of places.values())
    while (log.childElementCount > MOST_LINES) log.firstElementChild.remove();
  if (!here) return;
  // A reader who has scrolled up stays there. What arrives after this has no say in it.
  here.height = here.log.scrollHeight;
  if (here.atEnd) here.log.scrollTop = here.height;
}

// Draws a list anew. What has the keyboard's focus keeps it.
function list(parent, items, drawItem) {
  const focused = parent.contains(document.activeElement);
  const key = focused && document.activeElement.textContent;
  parent.replaceChildren();
  for (const item of items) {
    const element = drawItem(item, make("li", "", parent));
    if (element.textContent === key) element.focus();
  }
}

function drawPlace(there, item) {
  const button = make("button", "", item);
  make("span", there.name, button);
  button.setAttribute("aria-current", there === here);
  button.onclick = () => visit(there);
  if (there.unread) {
    button.append(" "); // or a screen reader would take both for one word
    make("span", there.unread, button, "unread");
    make("span", " unread", button, "unseen");
  }
  return button;
}

function drawPerson(nick, item) {
  const element = make(nick === me ? "span" : "button", "", item);
  name(nick, element);
  if (nick === me) element.append(" (you)");
  else element.title = `Talk to ${nick} alone`;
  element.onclick = nick === me ? null : () => visit(place(nick));
  return element;
}

// ---- What the reader does

function visit(there) {
  go(there);
  type();
}

function type() {
  if (matchMedia("(pointer: fine)").matches) input.focus(); // else a keyboard pops up
}

$("speak").onsubmit = (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (!text || !connected()) return; // the text stays, and the status says why
  if (!here && !text.startsWith("/")) return status("Join a channel first");
  const line = text.startsWith("/") ? text : `/msg ${here.name} ${text}`;
  const tooMany = new TextEncoder().encode(line).length - MOST_BYTES;
  if (tooMany > 0) return note(`Too long by ${tooMany} bytes`);
  const alone = /^\/msg +([^#\s]\S*) +(.*)$/.exec(line);
  if (alone) whispered.push([alone[1], alone[2]]);
  write(line);
  input.value = "";
};

$("rename").onsubmit = (event) => {
  event.preventDefault();
  write(`/nick ${$("nick").value}`);
  type();
};

$("join").onsubmit = (event) => {
  event.preventDefault();
  const channel = `#${$("channel").value.replace(/^#/, "")}`.toLowerCase();
  if (places.has(channel)) go(places.get(channel));
  else write(`/join ${channel}`);
  $("channel").value = "";
  type();
};

$("leave").onclick = () => {
  if (here.name.startsWith("#")) write(`/leave ${here.name}`);
  else close(here.name);
  type();
};

// Tab completes a name that is begun, and then shows the next one that fits. If none
// does, it moves on to the next button, as it does everywhere.
let completion = null;

input.onkeydown = (event) => {
  if (event.key !== "Tab" || event.shiftKey || !here) return;
  if (completion?.value !== input.value) {
    const before = input.value.slice(0, input.selectionStart);
    const start = before.search(/\S+$/);
    const begun = before.slice(start).toLowerCase();
    const fits = (nick) => start >= 0 && nick.toLowerCase().startsWith(begun);
    const nicks = [...here.nicks].filter(fits).sort();
    if (!nicks.length) return;
    completion = { start, nicks, rest: input.value.slice(before.length), next: 0 };
  }
  event.preventDefault();
  const { start, nicks, rest, next } = completion;
  const done = input.value.slice(0, start) + nicks[next] + (start ? " " : ": ");
  completion.next = (next + 1) % nicks.length;
  completion.value = input.value = done + rest;
  input.setSelectionRange(done.length, done.length);
};

document.onvisibilitychange = () => {
  if (document.hidden) return;
  if (here) go(here); // what was unread is being read
  if (socket.readyState > WebSocket.OPEN) connect();
};

addEventListener("offline", lose); // or the page would notice minutes later
addEventListener("online", () => socket.readyState > WebSocket.OPEN && connect());

if (matchMedia("(max-width: 45rem)").matches) $("who").open = false;
draw();
connect();
