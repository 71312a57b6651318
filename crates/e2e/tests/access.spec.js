// Whether everyone can use it: axe's rules in every shape and theme, and no sideways scrolling.

import { readFile } from "node:fs/promises";

import { violations } from "../support/axe.js";
import { expect, test } from "../support/fixtures.js";
import { Lab } from "../support/lab.js";

const SHAPES = [
  { name: "desk", width: 1440, height: 900 },
  { name: "slide", width: 960, height: 540 },
  { name: "phone", width: 390, height: 844 },
];

for (const { name, width, height } of SHAPES) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe has nothing to say about the ${name} in ${colorScheme}`, async ({ page, site }) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const lab = new Lab(page);
      await lab.open(site);
      await lab.act("Node b1", "Take b1 down");
      await lab.start();
      await lab.commitsGoOn();
      await lab.stop();
      expect(await violations(page)).toEqual([]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, "nothing sticks out sideways").toBe(0);
    });
  }
}

for (const { name, width, height } of SHAPES) {
  test(`axe has nothing to say about a clone on the ${name}`, async ({ page, site }) => {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ reducedMotion: "reduce" });
    const lab = new Lab(page);
    await lab.open(site);
    await lab.load("Clone: two volumes, shared pages", "clone");
    await lab.playUntil("Volume v2 is open.");
    await expect(lab.volumes).toBeVisible();
    expect(await violations(page)).toEqual([]);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, "nothing sticks out sideways").toBe(0);
  });
}

for (const { name, width, height } of SHAPES) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe has nothing to say about two engines on the ${name} in ${colorScheme}`, async ({ page, site }) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const lab = new Lab(page);
      await lab.open(site);
      await lab.load("Two engines, one workload", "both");
      await lab.start();
      await expect(lab.compared.getByRole("row", { name: /^Commits [1-9]/ })).toBeVisible();
      await lab.stop();
      expect(await violations(page)).toEqual([]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, "nothing sticks out sideways").toBe(0);
    });
  }
}

for (const { name, width, height } of SHAPES) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe has nothing to say about the figures on the ${name} in ${colorScheme}`, async ({ page, site }) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.goto(`${site}#figures`);
      for (const name of ["How long a restart takes after a crash", "The insert test"]) {
        const figure = page.getByRole("region", { name });
        await figure.getByRole("button", { name: "Compute", exact: true }).click();
      }
      await expect(page.getByText(/of 41 points computed\.$|^All 41 points/).first()).toBeVisible();
      for (const table of await page.getByText("The same as a table").all()) {
        await table.click();
      }
      expect(await violations(page)).toEqual([]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, "nothing sticks out sideways").toBe(0);
    });
  }
}

test("axe has nothing to say about the about page", async ({ page, site }) => {
  await page.goto(`${site}#about`);
  await expect(page.getByRole("heading", { level: 1, name: "About Sixfold" })).toBeVisible();
  expect(await violations(page)).toEqual([]);
});

test("about page tells what holds and what is simplified, as the engine's sources do", async ({ page, site }) => {
  await page.goto(`${site}#about`);
  const part = (title) => page.getByRole("heading", { level: 3, name: title });
  for (const title of ["The storage engine", "The lab around it", "The log", "Time, links and disks"]) {
    await expect(part(title), "one list of what holds, one of what is simplified").toHaveCount(2);
  }
  const source = await readFile(new URL("../../engine-quorum/src/lib.rs", import.meta.url), "utf8");
  const section = (title) => source.split(`//! # ${title}\n`)[1].split(/^\/\/! #|^[^/]/m)[0];
  for (const title of ["Invariants", "Simplifications"]) {
    const items = section(title).match(/^\/\/! \* /gm).length;
    const list = part("The storage engine").nth(title === "Invariants" ? 0 : 1).locator("xpath=..");
    await expect(list.getByRole("listitem")).toHaveCount(items);
  }
  await expect(page.getByRole("main")).not.toContainText("[`");
});

test("about page tells sources and that nobody is behind it", async ({ page, site }) => {
  await page.goto(site);
  await page.getByRole("link", { name: "About", exact: true }).click();
  await expect(page.getByText("affiliated neither with Amazon nor with the PostgreSQL")).toBeVisible();
  await expect(page.getByText("doi:10.1145/3183713.3196937")).toBeVisible();
  await page.getByRole("link", { name: "Lab", exact: true }).click();
  await expect(new Lab(page).play).toBeEnabled();
});

for (const { name, width, height } of SHAPES) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe has nothing to say about answers, ways and links on the ${name} in ${colorScheme}`, async ({ page, site }) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const lab = new Lab(page);
      await page.goto(`${site}#v=1&x=insert&e=az-down:b@20ms;node-down:c1@30ms&t=40ms`);
      await expect(page.getByText("This came from a link.")).toBeVisible();
      expect(await violations(page), "a link that was opened").toEqual([]);
      await page.getByRole("button", { name: "Close" }).first().click();
      await page.getByRole("region", { name: "Why commits wait" }).getByRole("button", { name: "Why?" }).click();
      await expect(page.getByRole("region", { name: "Why does it wait?" })).toBeVisible();
      await page.getByRole("button", { name: /^Take back/ }).click();
      await page.getByRole("button", { name: /^Compare with: / }).first().click();
      await expect(page.getByRole("region", { name: /^Beside it: / })).toBeVisible();
      expect(await violations(page), "answers, ways and another run").toEqual([]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, "nothing sticks out sideways").toBe(0);
      await lab.press(lab.button("Share"));
      await expect(page.getByRole("textbox", { name: "Link" })).toHaveValue(/&h=/);
      expect(await violations(page), "the share dialog").toEqual([]);
      await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
      await lab.press(lab.button("Sandbox"));
      const form = page.getByRole("dialog", { name: "Sandbox" });
      await form.getByRole("textbox", { name: /^Write quorum/ }).fill("2");
      for (const section of (await form.locator("summary").all()).slice(3)) await section.click();
      await expect(form.getByText(/expected at least 4: of 6 copies/)).toBeVisible();
      expect(await violations(page), "the sandbox, with something that does not fit").toEqual([]);
      expect(await form.evaluate((node) => node.scrollWidth - node.clientWidth)).toBe(0);
    });
  }
}
