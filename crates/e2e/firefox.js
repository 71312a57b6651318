// A short walk through the built site in headless Firefox: `node firefox.js DRIVER BROWSER`.
//
// The page starts, plays, steps back and on, goes back to the start, and plays again.

import { startFirefox } from "./support/webdriver.js";
import { DIST, serve } from "./support/server.js";

/** How long any one thing may take. */
const WAIT_MS_MAX = 60_000;

const [driver, browser] = process.argv.slice(2);
if (!browser) {
  console.error("usage: node firefox.js DRIVER BROWSER");
  process.exit(2);
}

const server = await serve(DIST, { prefix: "/a/deep/path/" });
const firefox = await startFirefox({ driver, browser });

/** Waits until a script's value satisfies a condition, and gives the value. */
async function until(what, script, holds = Boolean) {
  const deadline = Date.now() + WAIT_MS_MAX;
  for (;;) {
    const value = await firefox.run(script);
    if (holds(value)) {
      return value;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: still ${JSON.stringify(value)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const button = (name) => `document.querySelector('button[aria-label="${name}"]')`;
const press = (name) => firefox.run(`${button(name)}.click()`);
const EVENT = `
  const event = [...document.querySelectorAll("span")].find(({ textContent }) => /^event [\\d,]+$/.test(textContent));
  return Number(event.textContent.replace(/\\D/g, ""));`;
const COMMITS = `
  const name = [...document.querySelectorAll("dt")].find(({ textContent }) => textContent === "commits");
  return Number(name.nextElementSibling.textContent.replace(/\\D/g, ""));`;

/** Moves the timeline's thumb, as dragging does. */
const seek = (place) => firefox.run(`
  const slider = document.querySelector("input[type=range]");
  slider.value = ${place};
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  slider.dispatchEvent(new Event("change", { bubbles: true }));`);

try {
  await firefox.open(server.url);
  await until("the engine starts", `return ${button("Play")}?.disabled === false`);
  await press("Play");
  const early = await until("commits", COMMITS, (commits) => commits > 0);
  await until("commits go on", COMMITS, (commits) => commits > early);
  await press("Pause");
  await until("it pauses", `return ${button("Play")} !== null`);
  const there = await firefox.run(EVENT);
  await press("One event back");
  await until("one event back", EVENT, (event) => event === there - 1);
  await press("One event on");
  await until("and on", EVENT, (event) => event === there);
  await seek(0);
  await until("back at the start", COMMITS, (commits) => commits === 0);
  await press("Play");
  await until("commits once more", COMMITS, (commits) => commits > 0);
  console.log(`firefox: ${there} events there and back`);
} finally {
  await firefox.close();
  await server.close();
}
