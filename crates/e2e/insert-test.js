// Runs the insert test in the built site's engine, in a worker and asked as the page asks, and prints how
// long it took and how much memory the engine has, every 100 rows and at the end:
// `node insert-test.js MINUTES`.

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
      // As worker-boot.js does; beside each answer to a ping it says how large the engine's memory is.
      const boot = `
        importScripts("${site}worker.js");
        wasm_bindgen({ module_or_path: "${site}worker_bg.wasm" }).then(({ memory }) => {
          addEventListener("message", ({ data }) => {
            if (data.command.type === "ping") postMessage({ bytes: memory.buffer.byteLength });
          });
        });`;
      const worker = new Worker(URL.createObjectURL(new Blob([boot])));
      const ask = (command) => worker.postMessage({ command });
      const figures = { minutes, rows: 0, memory_bytes: [] };
      let start;
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.onmessage = ({ data: { event, bytes } }) => {
        if (bytes !== undefined) {
          figures.memory_bytes.push(bytes);
          if (figures.seconds) resolve(figures);
        } else if (event.type === "ready") {
          start = performance.now();
          const experiment = { kind: "insert-test", minutes, max_wal_bytes: 3e9 };
          ask({ type: "experiment", request: 1, experiment });
        } else if (event.type === "experiment-row") {
          figures.first_row_ms ??= performance.now() - start;
          if (event.row.kind === "inserts" && ++figures.rows % 100 === 0) {
            ask({ type: "ping", request: 2 });
          }
        } else if (event.type === "experiment-done") {
          figures.seconds = (performance.now() - start) / 1e3;
          ask({ type: "ping", request: 2 });
        } else if (["panicked", "refused"].includes(event.type)) {
          reject(new Error(JSON.stringify(event)));
        }
      };
    }),
  [server.url, minutes],
);
console.log(JSON.stringify(figures));
await browser.close();
await server.close();
