// Pictures of the page, to look at: `npm run shots -- FOLDER [FRAGMENT]`.
//
// Three shapes of window (desk, slide, phone) in light and dark, of the site as last built.

import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";

import { chromium } from "@playwright/test";

import { launchOptions } from "./support/chromium.js";
import { DIST, serve } from "./support/server.js";

const SHAPES = [
  { name: "desk", width: 1440, height: 900 },
  { name: "slide", width: 960, height: 540 },
  { name: "phone", width: 390, height: 844 },
];

/** Long enough for the engine to start and the first frames to be drawn. */
const SETTLE_MS = 3000;

const [folder, fragment = ""] = process.argv.slice(2);
if (!folder) {
  console.error("usage: npm run shots -- FOLDER [FRAGMENT]");
  process.exit(2);
}

const target = resolve(process.env.INIT_CWD ?? ".", folder);
await mkdir(target, { recursive: true });
const server = await serve(DIST);
const browser = await chromium.launch(launchOptions());
for (const { name, width, height } of SHAPES) {
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    page.on("console", (message) => console.log(`${name} ${colorScheme}: ${message.text()}`));
    page.on("pageerror", (error) => console.log(`${name} ${colorScheme}: ${error.message}`));
    await page.goto(server.url + fragment);
    await page.waitForTimeout(SETTLE_MS);
    const path = join(target, `${name}-${colorScheme}.png`);
    await page.screenshot({ path });
    console.log(path);
    await page.close();
  }
}
await browser.close();
await server.close();
