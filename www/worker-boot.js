// Starts a program in a dedicated worker: the one that is the worker's name. The page adds `?v=<version>` to this file's address, and
// the worker's other files are asked for with the same, so that old and new never mix. What fails
// in a promise reaches no error event of the page, so it is told in words.
const tell = (reason) => postMessage({ failed: String(reason) });
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  tell(event.reason);
});
importScripts(`./${self.name}.js${self.location.search}`);
wasm_bindgen({ module_or_path: `./${self.name}_bg.wasm${self.location.search}` });
