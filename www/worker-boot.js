// Starts the engine in a dedicated worker. The page adds `?v=<version>` to this file's address, and
// the worker's other files are asked for with the same, so that old and new never mix.
importScripts("./worker.js" + self.location.search);
wasm_bindgen({ module_or_path: "./worker_bg.wasm" + self.location.search });
