// Starts the engine in a dedicated worker. The page adds `?v=<version>` to this file's address, and
// the worker's other files are asked for with the same, so that old and new never mix. What fails
// in a promise reaches no error event of the page, so it is told in words.
const tell = (reason) => postMessage({ failed: String(reason) });
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  tell(event.reason);
});
importScripts("./worker.js" + self.location.search);
wasm_bindgen({ module_or_path: "./worker_bg.wasm" + self.location.search });
