// A clone: two volumes that share the pages that neither has changed.

import { expect, test } from "../support/fixtures.js";
import { KeyboardLab } from "../support/keyboard.js";
import { Lab } from "../support/lab.js";

/** The shipped run whose volume is cloned after 10 ms. */
const RUN = ["Clone: two volumes, shared pages", "clone"];

/** How many page versions the page says are stored. */
async function stored(lab) {
  const text = await lab.volumes.getByText(/ stored in all: /).innerText();
  return Number(/([\d,]+) stored in all/.exec(text)[1]);
}

for (const [means, start] of [
  ["pointer", (page) => new Lab(page)],
  ["keyboard alone", (page) => new KeyboardLab(page)],
]) {
  test(`a clone shares pages until one side writes, by ${means}`, async ({ page, site }) => {
    test.slow();
    const lab = start(page);
    await lab.open(site);
    await lab.load(...RUN);
    await expect(lab.volumes, "one volume is no news").toBeHidden();
    await lab.playUntil("Volume v2 is open.");
    await expect(lab.spot("Volume v2")).toHaveAccessibleName(/^Volume v2, open, as v1 was at \d+$/);

    const shared = lab.volumes.getByRole("button", { name: /^Page \d+ of v2, shared with v1$/ });
    const number = Number(/^Page (\d+) /.exec(await shared.first().getAttribute("aria-label"))[1]);
    const before = await stored(lab);
    await lab.write("v2", number);
    await lab.write("v1", number);
    await lab.start();
    await expect(lab.spot(`Page ${number} of v2`)).toHaveAccessibleName(
      `Page ${number} of v2, changed here, changed by v1 since`,
      { timeout: 30_000 },
    );
    await lab.stop();
    expect(await stored(lab)).toBeGreaterThan(before);
    await expect(lab.volumes.getByText("A full copy would have stored 48 more at once")).toBeVisible();

    // The source goes, and the clone goes on.
    await lab.choose("Volume v1", "Give up v1");
    await expect(lab.status).toHaveText("Volume v1 was given up.");
    await expect(lab.spot("Volume v1")).toBeHidden();
    await expect(lab.volumes.getByRole("heading")).toBeFocused();
    await expect(lab.volumes.getByText("Given up: v1.")).toBeVisible();
    await lab.write("v2", 47);
    await lab.start();
    await expect(lab.spot("Page 47 of v2")).toHaveAccessibleName("Page 47 of v2, changed here", {
      timeout: 30_000,
    });
    await lab.stop();

    await lab.reset();
    await expect(lab.volumes, "the clone was not yet").toBeHidden();
  });
}

test("a step back over its beginning takes a clone away, and on brings it again", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await lab.act("Writer", "Clone this volume");
  await expect(async () => {
    await lab.step(1);
    await expect(lab.volumes).toBeVisible({ timeout: 200 });
  }).toPass({ timeout: 60_000 });
  await lab.step(-1);
  await expect(lab.volumes).toBeHidden();
  await lab.step(1);
  await expect(lab.volumes).toBeVisible();
});

test("the pages of a volume are one stop of Tab, and arrows move among them", async ({ page, site }) => {
  const lab = new KeyboardLab(page);
  await lab.open(site);
  await lab.load(...RUN);
  await lab.playUntil("Volume v2 is open.");
  const { keyboard } = page;
  await lab.tabTo(lab.spot("Volume v1"));
  await keyboard.press("Tab");
  await expect(lab.spot("Page 0 of v1")).toBeFocused();
  await keyboard.press("ArrowRight");
  await expect(lab.spot("Page 1 of v1")).toBeFocused();
  await keyboard.press("End");
  await expect(lab.spot("Page 47 of v1")).toBeFocused();
  await keyboard.press("ArrowDown");
  await expect(lab.spot("Page 47 of v1"), "there is no row below").toBeFocused();
  const box = (spot) => lab.spot(spot).boundingBox();
  await keyboard.press("Home");
  await keyboard.press("ArrowDown");
  const below = await page.locator(":focus").boundingBox();
  const first = await box("Page 0 of v1");
  expect(Math.round(below.x)).toBe(Math.round(first.x));
  expect(below.y).toBeGreaterThan(first.y);
  await keyboard.press("Tab");
  await expect(lab.spot("Volume v2")).toBeFocused();
  await keyboard.press("Shift+Tab");
  expect(await page.locator(":focus").boundingBox(), "where it was left").toEqual(below);
});
