// Starts the page once its text is painted, so that nothing large holds up what is read first. The
// engine starts beside it, in its worker; what that says before the page listens is kept for it.
const { js, wasm } = document.currentScript.dataset;
const start = async () => {
  const version = document.querySelector("meta[name=worker-version]").content;
  const script = new URL(`worker-boot.js?v=${version}`, document.baseURI);
  const worker = new Worker(script, { name: "worker" });
  const said = [];
  const listening = new AbortController();
  for (const kind of ["message", "error"]) {
    const keep = (event) => {
      event.preventDefault();
      said.push(event);
    };
    worker.addEventListener(kind, keep, { signal: listening.signal });
  }
  globalThis.firstEngine = { worker, said, leave: () => listening.abort() };
  const binary = fetch(new URL(wasm, document.baseURI));
  const { default: init } = await import(new URL(js, document.baseURI));
  await init({ module_or_path: binary });
};
// When the text is there to be read: a browser says so, or is given the time for it. A page that is
// not seen is painted no sooner than it is.
const painted = new Promise((resolve) => {
  requestAnimationFrame(() => setTimeout(resolve, 100));
  const seen = (list) => list.getEntriesByName("first-contentful-paint").length && resolve();
  if (PerformanceObserver.supportedEntryTypes?.includes("paint")) {
    new PerformanceObserver(seen).observe({ type: "paint", buffered: true });
  }
});
if (document.hidden) start();
else painted.then(start);
