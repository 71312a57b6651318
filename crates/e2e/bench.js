// Runs the benchmark's wasm in headless Chromium and prints what it says: `node bench.js FILE [CASE]`,
// all of it or those cases whose names have CASE in them.

import { readFile } from "node:fs/promises";

import { chromium } from "@playwright/test";

import { launchOptions } from "./support/chromium.js";
import { serve } from "./support/server.js";

const bytes = await readFile(process.argv[2]);

// Only an isolated page may read a clock of 5 microseconds; others get 100.
const server = await serve(new URL("./support/", import.meta.url).pathname, {
  headers: {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  },
});
const browser = await chromium.launch(launchOptions());
const page = await browser.newPage();
await page.goto(`${server.url}blank.html`);
const lines = await page.evaluate(async ([base64, part]) => {
  const module = await (await fetch(`data:application/wasm;base64,${base64}`)).arrayBuffer();
  const lines = [];
  let memory;
  const text = (start, length) => new TextDecoder().decode(new Uint8Array(memory.buffer, start, length));
  const host = {
    now_ms: () => performance.now(),
    say: (start, length) => lines.push(text(start, length)),
    is_wanted: (start, length) => text(start, length).includes(part),
  };
  const { instance } = await WebAssembly.instantiate(module, { host });
  memory = instance.exports.memory;
  instance.exports.main(0, 0);
  return lines;
}, [bytes.toString("base64"), process.argv[3] ?? ""]);
console.log(lines.join("\n"));
await browser.close();
await server.close();
