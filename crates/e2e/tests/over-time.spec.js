// The charts of the run: they follow it, can be read without a pointer, and can be taken away.

import { readFile } from "node:fs/promises";

import { expect, test } from "../support/fixtures.js";
import { KeyboardLab } from "../support/keyboard.js";
import { Lab } from "../support/lab.js";

const TITLES = ["How long commits take", "Commits a second", "What lags behind"];

for (const [means, start] of [
  ["pointer", (page) => new Lab(page)],
  ["keyboard alone", (page) => new KeyboardLab(page)],
]) {
  test(`charts follow the run and say the same as table and file, by ${means}`, async ({ page, site }, info) => {
    const lab = start(page);
    await lab.open(`${site}#v=1&x=insert&e=az-down:b@100ms&t=300ms`);
    const charts = lab.overTime;
    const sliders = charts.getByRole("slider", { name: "Read the chart at" });
    await expect(sliders).toHaveCount(TITLES.length);
    for (const title of TITLES) {
      await expect(charts.getByRole("img", { name: new RegExp(`^${title}\\. `) })).toBeVisible();
    }

    const slider = sliders.nth(1);
    if (lab instanceof KeyboardLab) {
      await lab.tabTo(slider);
    } else {
      await slider.focus();
    }
    await page.keyboard.press("End");
    await expect(slider).toHaveAttribute("aria-valuetext", /^300.* ms\. Quorum engine: [\d,]+$/);

    await lab.press(charts.getByText("The same as a table").nth(1));
    const table = charts.getByRole("table", { name: "Commits a second" });
    const rows = table.getByRole("row");
    const count = await rows.count();
    expect(count).toBeGreaterThan(100);
    await expect(charts.getByRole("row", { name: /az-down:b/ }).first()).toBeVisible();

    const saved = page.waitForEvent("download");
    await lab.press(charts.getByRole("button", { name: "Numbers as CSV" }));
    const csv = info.outputPath("chart.csv");
    await (await saved).saveAs(csv);
    const lines = (await readFile(csv, "utf8")).trimEnd().split("\r\n");
    expect(lines.length).toBe(count);
    expect(lines[0]).toBe('"model time, ms",Quorum engine');
    expect(lines.slice(1).every((line) => /^[\d.]+,[\d.]*$/.test(line))).toBe(true);

    const image = page.waitForEvent("download");
    await lab.press(charts.getByRole("button", { name: "Picture as SVG" }));
    const svg = info.outputPath("chart.svg");
    await (await image).saveAs(svg);
    expect(await readFile(svg, "utf8")).toContain("Commits a second");

    // It goes on with the run, and back with it.
    await lab.start();
    await lab.commitsGoOn();
    await lab.stop();
    await expect.poll(() => rows.count()).toBeGreaterThan(count);
    await lab.reset();
    await expect(sliders).toHaveCount(0);
  });
}

test("response times have a linear and a logarithmic scale", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(`${site}#v=1&x=insert&t=100ms`);
  const charts = lab.overTime;
  const scale = charts.getByRole("combobox", { name: "Scale of response times" });
  const zero = charts.getByText("0", { exact: true });
  await expect(zero.first()).toBeVisible();
  const before = await zero.count();
  await scale.selectOption("linear");
  await expect(zero).toHaveCount(before + 1);
});
