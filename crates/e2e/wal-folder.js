// Reads a folder of WAL files in the built site's engine, in a worker and asked as the page asks, and
// prints how long it took and how much memory the engine had by the way; then reads it again, cancels
// half-way, and prints how long the engine took to hear that: `node wal-folder.js FOLDER`.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { openBlank } from "./support/engine.js";

const folder = process.argv[2];
const paths = readdirSync(folder)
  .map((name) => join(folder, name))
  .filter((path) => statSync(path).isFile());
const { page, close } = await openBlank("<input type=file multiple>");
await page.locator("input").setInputFiles(paths);

const read = (cancelAt) =>
  page.evaluate(
    (cancelAt) =>
      new Promise((resolve, reject) => {
        const { worker, ask, ping } = startEngine();
        const files = [...document.querySelector("input").files];
        const bytes = files.reduce((sum, { size }) => sum + size, 0);
        const figures = { files: files.length, bytes, memory_bytes: [] };
        let start, asked, cancelled;
        const end = (more) => {
          worker.terminate();
          resolve({ ...figures, ...more });
        };
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.onmessage = ({ data: { kind, event, bytes: memory } }) => {
          if (memory !== undefined) {
            figures.memory_bytes.push(memory);
            if (figures.seconds) end();
          } else if (kind === "ready") {
            start = asked = performance.now();
            ask(wire.command("open-wal", 1), { files });
          } else if (kind === "progress" && cancelled === undefined) {
            const { done, of } = wire.progress(event);
            if (of && done > of * cancelAt) {
              cancelled = performance.now();
              ask(wire.command("cancel", 2));
            } else if (performance.now() > asked + 1000) {
              asked = performance.now();
              ping();
            }
          } else if (wire.request(event) === 2) {
            end({ cancel_ms: performance.now() - cancelled });
          } else if (kind === "wal-read") {
            figures.seconds = (performance.now() - start) / 1e3;
            ping();
          } else if (["panicked", "refused"].includes(kind)) {
            reject(new Error(new TextDecoder().decode(event)));
          }
        };
      }),
    cancelAt,
  );

const whole = await read(Infinity);
const { cancel_ms } = await read(0.5);
console.log(JSON.stringify({ ...whole, cancel_ms }));
await close();
