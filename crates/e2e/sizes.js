// How large the built site is, and what of it a first visit loads, as one line of JSON: `node sizes.js`.
//
// What is loaded is seen, not assumed: the page is opened, and its requests are counted until the engine
// is there. Packed sizes are those of brotli at its best, as a host has them that packs files once.

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

import { chromium } from "@playwright/test";

import { launchOptions } from "./support/chromium.js";
import { DIST, packed, serve } from "./support/server.js";

const RECORDINGS = new URL("../../www/recordings/", import.meta.url).pathname;

const server = await serve(DIST);
const browser = await chromium.launch(launchOptions());
const context = await browser.newContext();
const loaded = new Set();
context.on("request", (request) => {
  loaded.add(new URL(request.url()).pathname.slice(1) || "index.html");
});
const page = await context.newPage();
await page.goto(server.url);
await page.locator("#play:enabled").waitFor();
await browser.close();
await server.close();

const sizesOf = async (folder, name) => {
  const bytes = await readFile(join(folder, name));
  return { name, bytes: bytes.length, packed: packed(bytes).length };
};
const files = [];
for (const name of (await readdir(DIST, { recursive: true })).sort()) {
  if (name.includes(".")) {
    files.push({ ...(await sizesOf(DIST, name)), first: loaded.has(name) });
  }
}
// They lie within the worker, and are counted apart.
const recordings = [];
for (const name of (await readdir(RECORDINGS)).filter((name) => name.endsWith(".recording"))) {
  recordings.push(await sizesOf(RECORDINGS, name));
}
console.log(JSON.stringify({ files, recordings }));
