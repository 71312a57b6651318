// Reads a folder of WAL files in the built site's program for it, in a worker and asked as the page asks,
// and prints how long it took and how much memory the program had by the way: `node wal-folder.js FOLDER`.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { openBlank } from "./support/engine.js";

const folder = process.argv[2];
const paths = readdirSync(folder)
  .map((name) => join(folder, name))
  .filter((path) => statSync(path).isFile());
const { page, close } = await openBlank("<input type=file multiple>");
await page.locator("input").setInputFiles(paths);
const figures = await page.evaluate(
  () =>
    new Promise((resolve, reject) => {
      const { worker, ask, ping } = startProgram("jobs");
      const files = [...document.querySelector("input").files];
      const bytes = files.reduce((sum, { size }) => sum + size, 0);
      const figures = { files: files.length, bytes, memory_bytes: [] };
      let start, asked;
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.onmessage = ({ data: { kind, event, bytes: memory } }) => {
        if (memory !== undefined) {
          figures.memory_bytes.push(memory);
          if (figures.seconds) resolve(figures);
        } else if (kind === "ready") {
          start = asked = performance.now();
          ask({ job: wire.readWal(), files });
        } else if (kind === "progress" && performance.now() > asked + 1000) {
          asked = performance.now();
          ping();
        } else if (kind === "wal-read") {
          figures.seconds = (performance.now() - start) / 1e3;
          ping();
        } else if (["panicked", "refused"].includes(kind)) {
          reject(new Error(new TextDecoder().decode(event)));
        }
      };
    }),
);
console.log(JSON.stringify(figures));
await close();
