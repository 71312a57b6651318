// How many animation frames a seek takes until its state is shown, as one line of JSON: `node seek.js`.
//
// A run of 10,000 events, and one of a million, is gone to its end. Then the timeline is set to places
// all over it, one after the other, as a hand on the slider does.

import { chromium } from "@playwright/test";

import { launchOptions } from "./support/chromium.js";
import { DIST, serve } from "./support/server.js";

/** Of the insert run, which has about 55 events in a millisecond. */
const RUNS = [
  { history: 10_000, until: "182ms" },
  { history: 1_000_000, until: "18.2s" },
];
const SEEKS = 40;

const server = await serve(DIST);
const browser = await chromium.launch(launchOptions());
const rows = [];
for (const { history, until } of RUNS) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${server.url}#v=1&x=insert&p=stop.at:${until}`);
  await page.locator("#play:enabled").waitFor();
  await page.getByRole("button", { name: "Run to the end" }).click();
  await page.getByText(/^The run has ended\./).first().waitFor({ state: "attached", timeout: 60_000 });
  const events = await page.evaluate(eventShown);
  const frames = await page.evaluate(seekAbout, SEEKS);
  frames.sort((one, other) => one - other);
  rows.push({ history, events, seeks: SEEKS, frames_median: frames[SEEKS / 2], frames_most: frames.at(-1) });
  await page.close();
}
console.log(JSON.stringify({ rows }));
await browser.close();
await server.close();

/** Where the page says that the run stands: the number of its last event. */
function eventShown() {
  const text = [...document.querySelectorAll("section *")].find(
    (node) => !node.childElementCount && /^event [\d,]+$/.test(node.textContent),
  ).textContent;
  return Number(text.replaceAll(/\D/g, ""));
}

/** Sets the timeline to so many places, and gives the animation frames that each took. */
async function seekAbout(seeks) {
  const frame = () => new Promise(requestAnimationFrame);
  const slider = document.querySelector(".track input");
  const shown = [...document.querySelectorAll("section *")].find(
    (node) => !node.childElementCount && /^event [\d,]+$/.test(node.textContent),
  );
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const taken = [];
  for (let n = 0; n < seeks; n += 1) {
    // All over the line, each place far from the one before.
    const place = Math.round(((n * 0.618034) % 1) * Number(slider.max));
    await frame();
    const before = shown.textContent;
    set.call(slider, String(place));
    slider.dispatchEvent(new InputEvent("input", { bubbles: true }));
    let frames = 0;
    while (shown.textContent === before) {
      await frame();
      frames += 1;
    }
    slider.dispatchEvent(new Event("change", { bubbles: true }));
    taken.push(frames);
    // The hand rests, and the page settles.
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return taken;
}
