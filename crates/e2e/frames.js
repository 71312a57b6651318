// What a frame of the playing page costs its main thread, as one line of JSON: `node frames.js`.
//
// Each run plays for some seconds at some speeds. Main-thread time is what the browser counts as tasks,
// over the animation frames of the same seconds. The longest task is looked for in the trace of another
// few seconds, because tracing itself costs time. The window is that of a desk, with stage, tape, charts,
// figures and event list in it.

import { chromium } from "@playwright/test";

import { launchOptions } from "./support/chromium.js";
import { DIST, serve } from "./support/server.js";

const RUNS = ["first-light", "oltp", "both", "mirrored"];
const SPEEDS = ["speed.two", "speed.fifty"];
const SETTLE_MS = 1500;
const SECONDS = 4;

const server = await serve(DIST);
const browser = await chromium.launch(launchOptions());
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
const session = await page.context().newCDPSession(page);
await session.send("Performance.enable");

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Seconds that the main thread worked so far: in all, and in scripts alone. */
async function worked() {
  const { metrics } = await session.send("Performance.getMetrics");
  const of = (wanted) => metrics.find(({ name }) => name === wanted).value;
  return { task: of("TaskDuration"), script: of("ScriptDuration") };
}

/** The longest task of the page's main thread in some seconds, in milliseconds. */
async function longestTask() {
  const events = [];
  const gather = ({ value }) => events.push(...value);
  session.on("Tracing.dataCollected", gather);
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["disabled-by-default-devtools.timeline", "devtools.timeline"] },
  });
  await wait(SECONDS * 1000);
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  session.off("Tracing.dataCollected", gather);
  // The thread of the page is the one that runs its animation frames.
  const { pid, tid } = events.find(({ name }) => name === "FireAnimationFrame");
  const tasks = events.filter((event) => event.name === "RunTask" && event.pid === pid && event.tid === tid);
  return Math.max(...tasks.map(({ dur }) => dur ?? 0)) / 1e3;
}

const rows = [];
for (const run of RUNS) {
  for (const speed of SPEEDS) {
    await page.goto(server.url);
    await page.locator("#play:enabled").waitFor();
    if (run !== RUNS[0]) {
      await page.locator(".scenario select").selectOption(run);
      await page.locator("#play:enabled").waitFor();
    }
    await page.locator(".speed select").selectOption(speed);
    await page.locator("#play").click();
    await wait(SETTLE_MS);
    await page.evaluate(() => {
      globalThis.frames_seen = 0;
      globalThis.moving_max = 0;
      const count = () => {
        globalThis.frames_seen += 1;
        const moving = document.querySelector("[data-key=flights]")?.childElementCount ?? 0;
        globalThis.moving_max = Math.max(globalThis.moving_max, moving);
        requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
    });
    const before = await worked();
    await wait(SECONDS * 1000);
    const after = await worked();
    const { frames, moving, nodes } = await page.evaluate(() => ({
      frames: globalThis.frames_seen,
      moving: globalThis.moving_max,
      nodes: document.querySelectorAll("*").length,
    }));
    rows.push({
      run,
      speed,
      frames_per_s: frames / SECONDS,
      task_ms: ((after.task - before.task) * 1e3) / frames,
      script_ms: ((after.script - before.script) * 1e3) / frames,
      longest_task_ms: await longestTask(),
      moving,
      nodes,
    });
  }
}
console.log(JSON.stringify({ rows }));
await browser.close();
await server.close();
