// Reads a folder of WAL files in the built site's engine, in a worker and asked as the page asks, and
// prints how long it took and how much memory the engine had by the way; then reads it again, cancels
// half-way, and prints how long the engine took to hear that: `node wal-folder.js FOLDER`.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { chromium } from "@playwright/test";

import { launchOptions } from "./support/chromium.js";
import { DIST, serve } from "./support/server.js";

const folder = process.argv[2];
const paths = readdirSync(folder)
  .map((name) => join(folder, name))
  .filter((path) => statSync(path).isFile());
const server = await serve(DIST);
const browser = await chromium.launch(launchOptions());
const page = await browser.newPage();
const blank = `${server.url}blank.html`;
const body = "<input type=file multiple>";
await page.route(blank, (route) => route.fulfill({ contentType: "text/html", body }));
await page.goto(blank);
await page.locator("input").setInputFiles(paths);

const read = (cancelAt) =>
  page.evaluate(
    ([site, cancelAt]) =>
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
        const ask = (command, more) => worker.postMessage({ command, ...more });
        const files = [...document.querySelector("input").files];
        const bytes = files.reduce((sum, { size }) => sum + size, 0);
        const figures = { files: files.length, bytes, memory_bytes: [] };
        let start, asked, cancelled;
        const end = (more) => {
          worker.terminate();
          resolve({ ...figures, ...more });
        };
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.onmessage = ({ data: { event, bytes: memory } }) => {
          if (memory !== undefined) {
            figures.memory_bytes.push(memory);
            if (figures.seconds) end();
          } else if (event.type === "ready") {
            start = asked = performance.now();
            ask({ type: "open-wal", request: 1 }, { files });
          } else if (event.type === "progress" && cancelled === undefined) {
            if (event.of && event.done > event.of * cancelAt) {
              cancelled = performance.now();
              ask({ type: "cancel", request: 2 });
            } else if (performance.now() > asked + 1000) {
              asked = performance.now();
              ask({ type: "ping", request: 3 });
            }
          } else if (event.request === 2) {
            end({ cancel_ms: performance.now() - cancelled });
          } else if (event.type === "wal-read") {
            figures.seconds = (performance.now() - start) / 1e3;
            ask({ type: "ping", request: 3 });
          } else if (["panicked", "refused"].includes(event.type)) {
            reject(new Error(JSON.stringify(event)));
          }
        };
      }),
    [server.url, cancelAt],
  );

const whole = await read(Infinity);
const { cancel_ms } = await read(0.5);
console.log(JSON.stringify({ ...whole, cancel_ms }));
await browser.close();
await server.close();
