// Runs the reader's Python beside the page, so that the page stays alive whatever it does.
//
// The page sends {pyodide, pack} once: where Python is, and the archive of the course.
// Then it sends {path, text}, a file and what the reader has made of it, to have it run.
// With a {wish}, a room plays its script instead. Back come signs
// of life: {loaded}, the bytes that have come so far, {phase}, what begins now, {alive}.
// The last one is {result}, or {failed}, a reason.

const PATIENCE = 20; // seconds without a byte, after which a file is asked for again
const ATTEMPTS = 2;
const WASM = "pyodide.asm.wasm";
const FILES = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide-lock.json", "python_stdlib.zip"];

let course;
let loaded = 0;

// Returns what `use` makes of a file. It is asked for once more if it does not come whole.
async function download(url, use = (response) => response.arrayBuffer()) {
  let reason;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      return await attemptTo(url, use);
    } catch (error) {
      reason = error;
    }
  }
  throw new Error(`${url.split("/").at(-1)}: ${reason.message}`);
}

async function attemptTo(url, use) {
  const stop = new AbortController();
  let timer;
  let own = 0;
  const wait = (bytes) => {
    own += bytes;
    loaded += bytes;
    self.postMessage({ loaded });
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(), PATIENCE * 1000);
  };
  const count = new TransformStream({
    transform(chunk, controller) {
      wait(chunk.byteLength);
      controller.enqueue(chunk);
    },
  });
  try {
    wait(0);
    const response = await fetch(url, { signal: stop.signal });
    if (!response.ok) throw new Error(`the server says ${response.status}`);
    const headers = { "Content-Type": "application/wasm" }; // whatever the server says
    return await use(new Response(response.body.pipeThrough(count), { headers }));
  } catch (error) {
    loaded -= own;
    if (stop.signal.aborted) throw new Error(`nothing came for ${PATIENCE} seconds`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

// Returns the seconds that starting took, as a measure of this machine.
async function start({ pyodide, pack }) {
  const [module, archive, ...files] = await Promise.all([
    download(pyodide + WASM, (response) => WebAssembly.compileStreaming(response)),
    download(pack),
    ...FILES.map((name) => download(pyodide + name)),
  ]);
  self.postMessage({ phase: "Starting Python" });
  const began = performance.now();
  // Pyodide would wait forever for a file that fails, so it gets those that are here.
  const { fetch } = self;
  self.fetch = async (url, ...options) => {
    const name = String(url).replace(pyodide, "");
    if (name === WASM) return new Response();
    const here = FILES.indexOf(name);
    return here < 0 ? fetch(url, ...options) : new Response(files[here]);
  };
  const env = { HOME: "/home/pyodide", PYTHONHASHSEED: "0" }; // sets have one order
  const failure = new Promise((_, reject) => {
    WebAssembly.instantiateStreaming = async (_, imports) => {
      const instance = WebAssembly.instantiate(module, imports);
      instance.catch(reject);
      return { module, instance: await instance };
    };
  });
  const { loadPyodide } = await import(`${pyodide}pyodide.mjs`);
  const python = await Promise.race([loadPyodide({ indexURL: pyodide, env }), failure]);
  self.postMessage({ phase: "Importing Twisted" });
  python.unpackArchive(archive, "zip", { extractDir: "/course" });
  python.runPython(`
    import os, sys
    os.chdir("/course")
    sys.path[:0] = ["/course"]
  `);
  course = python.pyimport("docs.machinery.try_here.in_page");
  return (performance.now() - began) / 1000;
}

function run({ path, text, wish }) {
  if (wish) return JSON.parse(course.room(path, text, JSON.stringify(wish)));
  return JSON.parse(course.run(path, text, () => self.postMessage({ alive: true })));
}

self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ result: await (data.pack ? start(data) : run(data)) });
  } catch (error) {
    const what = data.pack ? "Python could not be loaded" : "Python stopped";
    const reason = error.message.trim().split("\n").at(-1).replace(/\.$/, "");
    self.postMessage({ failed: `${what}: ${reason}.` });
  }
};
