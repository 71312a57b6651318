// The built site's programs, each in a worker of its own, without the page.

import { fileURLToPath } from "node:url";

import { chromium } from "@playwright/test";

import { launchOptions } from "./chromium.js";
import { DIST, serve } from "./server.js";

/** What makes and reads messages, for a page. */
export const WIRE = fileURLToPath(new URL("wire.js", import.meta.url));

/**
 * A blank page beside the site, in which `startProgram` starts one of them as `worker-boot.js` does. Asked
 * by `ping`, it says how large its memory is, as `{ bytes }`.
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
    globalThis.startProgram = (name) => {
      const boot = `
        importScripts("${site}${name}.js");
        wasm_bindgen({ module_or_path: "${site}${name}_bg.wasm" }).then(({ memory }) => {
          const heard = onmessage;
          onmessage = (message) => {
            if (message.data.ping) postMessage({ bytes: memory.buffer.byteLength });
            else heard(message);
          };
        });`;
      const worker = new Worker(URL.createObjectURL(new Blob([boot])));
      const ask = (message) => worker.postMessage(message);
      const ping = () => ask({ ping: true });
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
