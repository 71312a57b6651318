// The built site's engine in a worker of its own, without the page.

import { fileURLToPath } from "node:url";

import { chromium } from "@playwright/test";

import { launchOptions } from "./chromium.js";
import { DIST, serve } from "./server.js";

/** What makes and reads messages, for a page. */
export const WIRE = fileURLToPath(new URL("wire.js", import.meta.url));

/**
 * A blank page beside the site, in which `startEngine` starts the engine as `worker-boot.js` does. Beside
 * each answer to a ping it says how large its memory is, as `{ bytes }`.
 * @param {string} body
 */
export async function openBlank(body = "") {
  const server = await serve(DIST);
  const browser = await chromium.launch(launchOptions());
  const page = await browser.newPage();
  const blank = `${server.url}blank.html`;
  await page.route(blank, (route) => route.fulfill({ contentType: "text/html", body }));
  await page.addInitScript({ path: WIRE });
  await page.addInitScript((site) => {
    globalThis.startEngine = () => {
      const boot = `
        importScripts("${site}worker.js");
        wasm_bindgen({ module_or_path: "${site}worker_bg.wasm" }).then(({ memory }) => {
          addEventListener("message", ({ data }) => {
            if (data.ping) postMessage({ bytes: memory.buffer.byteLength });
          });
        });`;
      const worker = new Worker(URL.createObjectURL(new Blob([boot])));
      const ask = (command, more) => worker.postMessage({ command, ...more });
      const ping = () => ask(wire.command("ping", 0), { ping: true });
      return { worker, ask, ping };
    };
  }, server.url);
  await page.goto(blank);
  const close = async () => {
    await browser.close();
    await server.close();
  };
  return { page, close };
}
