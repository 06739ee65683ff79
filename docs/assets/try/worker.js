// Runs the reader's Python beside the page, so that the page stays alive whatever it does.
//
// The page sends {pyodide, pack} once: where Python is, and the archive of the course.
// Then it sends {path, text}, a file and what the reader has made of it, to have its tests
// run. With a {wish}, a room plays its script instead. Back come
// {loaded}, the bytes that have come so far, then {result}, or {failed}, a reason.

let course;

// Pyodide fetches its parts itself. Counting passes them on, and says how much came.
const fetch = self.fetch;
let loaded = 0;
self.fetch = async (...request) => {
  const response = await fetch(...request);
  if (!response.ok) throw new Error(`${response.status} for ${response.url}`);
  const count = new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      self.postMessage({ loaded });
      controller.enqueue(chunk);
    },
  });
  const { headers } = response;
  return new Response(response.body.pipeThrough(count), { headers });
};

async function start({ pyodide, pack }) {
  const { loadPyodide } = await import(`${pyodide}pyodide.mjs`);
  const [python, archive] = await Promise.all([
    loadPyodide({ indexURL: pyodide }),
    self.fetch(pack).then((response) => response.arrayBuffer()),
  ]);
  python.unpackArchive(archive, "zip", { extractDir: "/course" });
  python.runPython(`
    import os, sys
    os.chdir("/course")
    sys.path[:0] = ["/course"]
  `);
  return python.pyimport("docs.machinery.try_here.in_page");
}

self.onmessage = async ({ data }) => {
  try {
    if (data.pack) {
      course = await start(data);
      self.postMessage({ result: null });
    } else {
      const { path, text, wish } = data;
      const result = wish
        ? course.room(path, text, JSON.stringify(wish))
        : course.run(path, text);
      self.postMessage({ result: JSON.parse(result) });
    }
  } catch (error) {
    const what = data.pack ? "Python could not be loaded" : "Python stopped";
    self.postMessage({ failed: `${what}: ${error.message}.` });
  }
};
