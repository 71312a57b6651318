// The page around the engine: nothing jumps, nothing is cut off, and the focus is never lost.

import { expect, test } from "../support/fixtures.js";
import { Lab } from "../support/lab.js";

const box = (locator) => locator.evaluate((element) => element.getBoundingClientRect().toJSON());

for (const [name, width, height] of [
  ["desk", 1440, 900],
  ["slide", 960, 540],
]) {
  test(`nothing moves on the ${name} when commits stop and go on`, async ({ page, site }) => {
    await page.setViewportSize({ width, height });
    const lab = new Lab(page);
    await lab.open(site);
    await lab.start();
    await lab.commitsGoOn();
    const parts = [
      lab.stage,
      lab.transport,
      page.getByRole("heading", { name: "Commit latency" }),
      page.getByRole("heading", { name: "What happened" }),
    ];
    const places = () => Promise.all(parts.map(box));
    const before = await places();
    await lab.act("Zone b", "Take zone b down");
    await lab.act("Node c1", "Take c1 down");
    await expect(lab.banner).toBeInViewport();
    expect(await places(), "stopped").toEqual(before);
    await lab.stop();
    expect(await places(), "paused").toEqual(before);
    await lab.act("Node c1", "Bring c1 back");
    await expect(lab.banner, "no commit has passed yet").toBeVisible();
    await lab.start();
    await expect(lab.banner).toBeHidden();
    expect(await places(), "goes on").toEqual(before);
  });
}

test("help opens at its heading, tells the words, and goes by the browser's way back", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await lab.button("Help").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Help", exact: true })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog"), "a second Enter does nothing").toBeVisible();
  await page.goBack();
  await expect(page.getByRole("dialog")).toBeHidden();
  await lab.button("Words").click();
  await expect(page.getByRole("heading", { name: "The words of the stage" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(lab.button("Words")).toBeFocused();
  await lab.start();
  await lab.commitsGoOn();
});

test("the line spans what was played, and keys go along it", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  const end = page.getByTitle(/^The line ends here\./);
  await expect(end).toHaveText("10 ms");
  await lab.start();
  await expect(end).toHaveText("20 ms");
  await lab.stop();
  const place = async () => Number(await lab.timeline.inputValue());
  await lab.timeline.focus();
  await page.keyboard.press("End");
  await expect(lab.timeline).toHaveAttribute("aria-valuetext", /^(.+) of \1 played$/);
  await expect.poll(place).toBeGreaterThan(400);
  const there = await place();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(place).toBeLessThan(there - 15);
  expect(await place(), "a fiftieth of the line").toBeGreaterThan(there - 25);
  await page.keyboard.press("Home");
  await expect.poll(place).toBe(0);
  await expect(end, "what was played stays within reach").toHaveText("20 ms");
});

test("the focus stays where it leads on", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await expect(page).toHaveTitle("Sixfold: one log, kept by six machines");
  await lab.start();
  await lab.commitsGoOn();
  await lab.stop();
  const list = page.getByRole("list", { name: "What happened" });
  await list.getByRole("listitem").nth(2).getByRole("button").first().click();
  await expect(list).toBeFocused();
  await page.getByRole("link", { name: "About", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(page).toHaveTitle("About - Sixfold");
});

test("stage and tape of a phone stand above the transport once it plays", async ({ page, site }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const lab = new Lab(page);
  await lab.open(site);
  await expect(page.getByText("Run", { exact: true })).toBeVisible();
  await expect(page.getByText("Theme", { exact: true })).toBeVisible();
  await lab.start();
  const tape = page.getByRole("img", { name: /^The log / });
  await expect.poll(async () => Math.abs((await box(lab.stage)).top)).toBeLessThan(4);
  const [last, first] = [await box(tape), await box(lab.transport)];
  expect(last.bottom).toBeLessThanOrEqual(first.top);
});

for (const [width, height] of [
  [1440, 900],
  [1280, 720],
  [960, 540],
  [844, 390],
  [720, 450],
  [320, 640],
]) {
  test(`stage and transport are whole at ${width} by ${height}`, async ({ page, site }) => {
    await page.setViewportSize({ width, height });
    const lab = new Lab(page);
    await lab.open(site);
    await lab.start();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, "nothing sticks out sideways").toBe(0);
    const inside = await lab.stage.evaluate(
      (stage) => stage.scrollWidth <= stage.clientWidth && stage.scrollHeight <= stage.clientHeight,
    );
    expect(inside, "the stage shows all of its picture").toBe(true);
    if (height < 600) {
      const [stage, transport] = [await box(lab.stage), await box(lab.transport)];
      expect(stage.bottom, "nothing lies over the stage").toBeLessThanOrEqual(transport.top);
      expect(transport.bottom - stage.top, "both fit together").toBeLessThanOrEqual(height);
    }
    const speed = await box(page.getByRole("combobox", { name: "Speed" }));
    expect(speed.width, "the speed can be read").toBeGreaterThan(110);
  });
}
