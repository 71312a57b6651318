// Whoever plays with the page without a plan breaks nothing: thousands of keys, thousands of clicks. How
// many can be asked for: `STRESS=5000` takes six minutes.

import { expect, test } from "../support/fixtures.js";
import { Lab } from "../support/lab.js";

// So many actions with a trace of each would take minutes.
test.use({ trace: "off" });

const COUNT = Number(process.env.STRESS ?? 1000);
/** The one break that is offered: what it says on the console is meant. */
const ON_PURPOSE = "stopped on purpose";

const KEYS = [
  ...["Tab", "Tab", "Tab", "Tab", "Shift+Tab", "Enter", "Space", "Escape", "Home", "End", "PageDown"],
  ...["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", ".", ",", "z", "?", "7", "x"],
];

/** The same numbers in every run. */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What a page says that is not meant. */
function complaints(page) {
  const said = [];
  const hear = (text) => text.includes(ON_PURPOSE) || said.push(text);
  page.on("console", (message) => hear(message.text()));
  page.on("pageerror", (error) => hear(error.message));
  return said;
}

/** Links that lead to other pages lead nowhere: this one stays, and that they failed is no complaint. */
async function stayHere(page, site, failed) {
  const home = new URL(site);
  const away = (url) => {
    const { origin, pathname } = new URL(url);
    return origin !== home.origin || (pathname.endsWith("/") && pathname !== home.pathname);
  };
  await page.route(away, (route) => route.fulfill({ status: 204 }));
  page.on("requestfailed", (request) => {
    if (away(request.url())) failed.splice(failed.findIndex((text) => text.startsWith(request.url())), 1);
  });
}

/** The page as it is after all: it plays, or its engine was broken on purpose and comes back. */
async function stillWorks(page, site) {
  const lab = new Lab(page);
  await page.goto("about:blank");
  await lab.open(site);
  await lab.start();
  await lab.commitsGoOn();
}

test(`${COUNT} random keys cause no message and lose no focus`, async ({ page, site, complaints: failed }) => {
  test.setTimeout(600_000);
  const said = complaints(page);
  await stayHere(page, site, failed);
  await new Lab(page).open(`${site}#v=1&x=insert`);
  const draw = random(7);
  const where = () => page.evaluate(() => document.activeElement?.tagName ?? "BODY");
  let before = "BODY";
  for (let n = 0; n < COUNT; n += 1) {
    const key = KEYS[draw(KEYS.length)];
    await page.keyboard.press(key);
    const after = await where();
    // Behind the last control of a page comes the browser's own.
    if (before !== "BODY" && !key.endsWith("Tab")) {
      expect(after, `key ${n}: ${key} on ${before}`).not.toBe("BODY");
    }
    expect(said, `key ${n}: ${key} on ${before}`).toEqual([]);
    before = after;
  }
  await stillWorks(page, site);
});

test(`${COUNT} random clicks cause no message`, async ({ page, site, complaints: failed }) => {
  test.setTimeout(600_000);
  const said = complaints(page);
  await stayHere(page, site, failed);
  await new Lab(page).open(`${site}#v=1&x=both`);
  const draw = random(11);
  const { width, height } = page.viewportSize();
  for (let n = 0; n < COUNT; n += 1) {
    if (draw(20) === 0) await page.mouse.wheel(0, draw(2000) - 1000);
    const [x, y] = [draw(width), draw(height)];
    await page.mouse.click(x, y);
    expect(said, `click ${n} at ${x}, ${y}`).toEqual([]);
    // Out of a dialog without a plan takes long.
    if (draw(40) === 0) await page.keyboard.press("Escape");
  }
  await stillWorks(page, site);
});
