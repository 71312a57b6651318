// Runs the insert test in the built site's engine, in a worker and asked as the page asks, and prints how
// long it took and how much memory the engine has then: `node insert-test.js MINUTES`.

import { chromium } from "@playwright/test";

import { launchOptions } from "./support/chromium.js";
import { DIST, serve } from "./support/server.js";

const minutes = Number(process.argv[2]);
const server = await serve(DIST);
const browser = await chromium.launch(launchOptions());
const page = await browser.newPage();
const blank = `${server.url}blank.html`;
await page.route(blank, (route) => route.fulfill({ contentType: "text/html", body: "" }));
await page.goto(blank);
const figures = await page.evaluate(
  ([site, minutes]) =>
    new Promise((resolve, reject) => {
      // As worker-boot.js does, and says how large the engine's memory is.
      const boot = `
        importScripts("${site}worker.js");
        wasm_bindgen({ module_or_path: "${site}worker_bg.wasm" }).then(({ memory }) => {
          addEventListener("message", ({ data }) => {
            if (data.size) postMessage({ memory_bytes: memory.buffer.byteLength });
          });
        });`;
      const worker = new Worker(URL.createObjectURL(new Blob([boot])));
      const figures = { minutes, rows: 0 };
      let start;
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.onmessage = ({ data: { event, memory_bytes } }) => {
        if (memory_bytes !== undefined) {
          resolve({ ...figures, memory_bytes });
        } else if (event.type === "ready") {
          start = performance.now();
          const experiment = { kind: "insert-test", minutes, max_wal_bytes: 3e9 };
          worker.postMessage({ command: { type: "experiment", request: 1, experiment } });
        } else if (event.type === "experiment-row") {
          figures.first_row_ms ??= performance.now() - start;
          figures.rows += 1;
        } else if (event.type === "experiment-done") {
          figures.seconds = (performance.now() - start) / 1e3;
          worker.postMessage({ size: true });
        } else if (["panicked", "refused"].includes(event.type) && !figures.seconds) {
          // What asks for the memory is no command, so it is refused as well.
          reject(new Error(JSON.stringify(event)));
        }
      };
    }),
  [server.url, minutes],
);
console.log(JSON.stringify(figures));
await browser.close();
await server.close();
