// The stage is drawn larger, and moved; the wheel stays the page's. A zone is meant wherever one presses.

import { expect, test } from "../support/fixtures.js";
import { Lab } from "../support/lab.js";

const width = (lab) => lab.spot("Node a1").evaluate((node) => node.getBoundingClientRect().width);
const left = (lab) => lab.spot("Node a1").evaluate((node) => node.getBoundingClientRect().left);

test("the stage is drawn larger and smaller, dragged, and moved by arrows", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(`${site}#v=1&x=insert`);
  await page.getByRole("button", { name: "Close" }).first().click();
  const [larger, smaller] = [lab.button("Draw the stage larger"), lab.button("Draw the stage smaller")];
  await expect(smaller).toBeDisabled();
  const fits = await width(lab);
  await lab.press(larger);
  await lab.press(larger);
  await expect.poll(() => width(lab)).toBeCloseTo(fits * 1.5, 0);

  // A drag moves it, and chooses nothing.
  const before = await left(lab);
  const { x, y } = await lab.stage.evaluate((node) => {
    const { left, top, width, height } = node.getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2 };
  });
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 80, y, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => left(lab)).toBeCloseTo(before - 80, 0);
  await expect(page.getByRole("menu")).toHaveCount(0);

  // The wheel is the page's, and a pinch the stage's.
  const scrolled = () => page.evaluate(() => window.scrollY);
  const top = await scrolled();
  await page.mouse.wheel(0, 60);
  await expect.poll(scrolled).toBeGreaterThan(top);
  await expect.poll(() => left(lab)).toBeCloseTo(before - 80, 0);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, 60);
  await page.keyboard.up("Control");
  await expect.poll(() => width(lab)).toBeCloseTo(fits * 1.25, 0);

  // By keyboard: arrows move it, the keys of the help change its size.
  await lab.stage.focus();
  await page.keyboard.press("+");
  await expect.poll(() => width(lab)).toBeCloseTo(fits * 1.5, 0);
  const middle = await left(lab);
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => left(lab)).toBeCloseTo(middle - 60, 0);
  await page.keyboard.press("0");
  await expect.poll(() => width(lab)).toBeCloseTo(fits, 0);
  await expect(smaller).toBeDisabled();
});

test("a press with the other button opens the menu of what is there, or of the zone around it", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(`${site}#v=1&x=insert`);
  await page.getByRole("button", { name: "Close" }).first().click();
  await lab.spot("Node c2").click({ button: "right" });
  await expect(page.getByRole("menuitem", { name: "Take c2 down" })).toBeVisible();
  await page.keyboard.press("Escape");
  // Between the names of the zone and the edge of the stage.
  const zone = await lab.spot("Zone b").boundingBox();
  const stage = await lab.stage.boundingBox();
  await page.mouse.click(zone.x + zone.width / 2, stage.y + stage.height - 3, { button: "right" });
  await expect(page.getByRole("menuitem", { name: "Take zone b down" })).toBeVisible();
});

test("the trace is saved as text", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(`${site}#v=1&x=insert&t=5ms`);
  const saved = page.waitForEvent("download");
  await lab.press(lab.button("Save the trace as text"));
  const stream = await (await saved).createReadStream();
  let text = "";
  for await (const part of stream) text += part;
  expect(text).toMatch(/^# insert, seed 42, model \d+: the newest [\d]+ of [\d]+ lines, up to event \d+; trace hash [0-9a-f]{16}\n/);
  expect(text).toMatch(/ commit-acked +txn \d+ at /);
});
