// What Lighthouse says of the built site on a phone, as one line of JSON: `node lighthouse/run.js`.
//
// The site is served packed by brotli, as static hosts do. The network and the processor of a phone are
// simulated, as they are by default. Of several runs the one in the middle counts.

import { chromium } from "@playwright/test";
import lighthouse from "lighthouse";

import { launchOptions } from "../support/chromium.js";
import { DIST, serve } from "../support/server.js";

const RUNS = 3;

const server = await serve(DIST, { pack: true });
// The first answer to each request waits until it is packed.
const debuggingPort = await freePort();
const { args, ...options } = launchOptions();
const browser = await chromium.launch({ ...options, args: [...args, `--remote-debugging-port=${debuggingPort}`] });
const warmUp = await browser.newPage();
await warmUp.goto(server.url);
await warmUp.locator("#play:enabled").waitFor();
await warmUp.close();

const runs = [];
for (let run = 0; run < RUNS; run += 1) {
  const { lhr } = await lighthouse(server.url, {
    port: debuggingPort,
    output: "json",
    logLevel: "error",
    onlyCategories: ["performance", "accessibility", "best-practices", "seo"],
  });
  const of = (audit) => lhr.audits[audit].numericValue;
  const score = (category) => Math.round(lhr.categories[category].score * 100);
  runs.push({
    score: score("performance"),
    accessibility: score("accessibility"),
    best_practices: score("best-practices"),
    seo: score("seo"),
    fcp_ms: of("first-contentful-paint"),
    lcp_ms: of("largest-contentful-paint"),
    tbt_ms: of("total-blocking-time"),
    cls: of("cumulative-layout-shift"),
    speed_index_ms: of("speed-index"),
    tti_ms: of("interactive"),
    bytes: of("total-byte-weight"),
  });
}
runs.sort((one, other) => one.score - other.score);
console.log(JSON.stringify({ runs, ...runs[Math.floor(RUNS / 2)] }));
await browser.close();
await server.close();

/** A port that nobody listens on. */
async function freePort() {
  const { createServer } = await import("node:net");
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
