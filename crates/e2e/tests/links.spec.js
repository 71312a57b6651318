// Links, branches and "why?": a moment is shared, opened elsewhere, changed, and asked about.

import { readFile, writeFile } from "node:fs/promises";

import { expect, test } from "../support/fixtures.js";
import { Lab } from "../support/lab.js";
import { sixfold } from "../support/sixfold.js";

const notice = (page) => page.getByText("This came from a link.");

/** A run with a zone down, at rest, and the link that its dialog offers. */
async function shared(page, site) {
  const lab = new Lab(page);
  await lab.open(site);
  await lab.start();
  await lab.act("Zone b", "Take zone b down");
  await lab.commitsGoOn();
  await lab.stop();
  await lab.press(lab.button("Share"));
  const dialog = page.getByRole("dialog", { name: "Share this moment" });
  const field = dialog.getByRole("textbox", { name: "Link" });
  await expect(field).toHaveValue(/&h=[0-9a-f]{16}&c=[0-9a-f]{4}$/);
  return { lab, dialog, link: await field.inputValue() };
}

test("a moment is shared, and is the same in another page", async ({ page, site, context }) => {
  const { lab, dialog, link } = await shared(page, site);
  await expect(dialog.getByText(/^Done at .*: .*zone b/)).toBeVisible();
  await expect(dialog.getByRole("img", { name: "The link as a QR code" })).toBeVisible();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await lab.press(dialog.getByRole("button", { name: "Copy" }));
  await expect(dialog.getByText("Copied.")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  const event = await lab.event();
  await lab.press(dialog.getByRole("button", { name: "Close" }));

  const other = new Lab(await context.newPage());
  await other.page.goto(link);
  await expect(notice(other.page)).toBeVisible();
  await expect(other.page.getByText("exactly the one that its author saw")).toBeVisible();
  await expect(other.spot("Zone b")).toHaveAccessibleName("Zone b, no power");
  expect(await other.event()).toBe(event);
  await other.press(other.button("Close"));
  await expect(notice(other.page)).toBeHidden();
  // The address has the moment, also after a step, and a reload says nothing of it.
  await other.step(1);
  await expect(async () => {
    expect(other.page.url()).not.toBe(link);
  }).toPass();
  await expect.poll(() => other.page.url()).toContain("e=az-down:b@");
  await other.page.waitForTimeout(600);
  await other.page.reload();
  await expect.poll(() => other.event()).toBe(event + 1);
  await expect(notice(other.page)).toBeHidden();
});

const PICTURES = [
  "#v=1&x=insert&t=0ms",
  "#v=1&x=insert&e=az-down:b@5ms&t=9.5ms",
  "#v=1&x=insert&s=7&e=crash-writer@5ms;recover@8ms&t=event-3000",
  "#v=1&x=first-light&t=20ms",
  "#v=1&x=oltp&e=slow:a1,20ms@3ms&t=12ms&g=2",
  "#v=1&x=clone&t=15ms",
  "#v=1&x=both&e=az-down:b@4ms&t=11ms",
  "#v=1&x=mirrored&t=14ms",
  "#v=1&x=insert&p=topology.azs:2;topology.write_quorum:3;topology.read_quorum:2&t=8ms",
  "#v=1&x=insert&e=partition:writer@3ms&t=6ms",
];

test("the picture of a link has the same bytes here and on the command line", async ({ page, site }, info) => {
  test.setTimeout(300_000);
  await page.emulateMedia({ colorScheme: "light" });
  const lab = new Lab(page);
  for (const [n, link] of PICTURES.entries()) {
    await page.goto("about:blank");
    await page.goto(site + link);
    await expect(lab.play).toBeEnabled();
    await expect(notice(page), link).toBeVisible();
    await lab.press(lab.button("Share"));
    const saved = page.waitForEvent("download");
    await lab.press(lab.button("Picture as SVG"));
    const [here, there] = [`here-${n}.svg`, `there-${n}.svg`].map((name) => info.outputPath(name));
    await (await saved).saveAs(here);
    await sixfold("render", link, "--svg", there);
    expect(await readFile(here, "utf8"), link).toBe(await readFile(there, "utf8"));
  }
  const saved = page.waitForEvent("download");
  await lab.press(lab.button("Picture as PNG"));
  const png = info.outputPath("moment.png");
  await (await saved).saveAs(png);
  const bytes = await readFile(png);
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  expect(bytes.length).toBeGreaterThan(20_000);
});

test("a dialog that was closed leaves the run where it is", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await lab.start();
  await lab.commitsGoOn();
  await lab.stop();
  await expect.poll(() => page.url()).toContain("#v=1&");
  await lab.start();
  await lab.commitsGoOn();
  await lab.press(lab.button("Share"));
  const dialog = page.getByRole("dialog", { name: "Share this moment" });
  await expect(dialog.getByRole("textbox", { name: "Link" })).toHaveValue(/&h=/);
  const [event, before] = [await lab.event(), page.url()];
  await expect.poll(() => page.url(), "the address has the new moment").not.toBe(before);
  await lab.press(dialog.getByRole("button", { name: "Close" }));
  await page.waitForTimeout(800);
  expect(await lab.event()).toBe(event);
  await lab.step(1);
  await expect.poll(() => lab.event()).toBe(event + 1);
});

test("a link that was edited says so, and what it lost", async ({ page, site, context }) => {
  const { link } = await shared(page, site);
  const other = new Lab(await context.newPage());
  await other.page.goto(link.replace("az-down:b@", "az-down:q@").replace(/&h=\w+/, "&h=0123456789abcdef"));
  await expect(other.page.getByText("changed by hand")).toBeVisible();
  await expect(other.page.getByText("e, number 1")).toBeVisible();
  await expect(other.page.getByText("is not the one that its author saw")).toBeVisible();
  await expect(other.play).toBeEnabled();
  const unreadable = `${site}#v=7&x=insert`;
  const fresh = new Lab(await context.newPage());
  for (const { page: reader, play } of [other, fresh]) {
    await reader.goto(unreadable);
    await expect(reader.getByText(/expected a link that begins with/)).toBeVisible();
    await expect(play, "the page works all the same").toBeEnabled();
  }
});

test("a link is saved as a file and opened from it", async ({ page, site, context }, info) => {
  const { lab, dialog } = await shared(page, site);
  const event = await lab.event();
  const download = page.waitForEvent("download");
  await lab.press(dialog.getByRole("button", { name: "Save as a file" }));
  const path = info.outputPath("moment.sixfold");
  await (await download).saveAs(path);
  expect(await readFile(path, "utf8")).toMatch(/^v=1&x=first-light&/);
  const other = new Lab(await context.newPage());
  await other.open(site);
  await other.chooseFiles([path]);
  await expect(notice(other.page)).toBeVisible();
  expect(await other.event()).toBe(event);

  const scenario = info.outputPath("mine.toml");
  await writeFile(scenario, 'format = 1\nname = "mine"\n[workload]\nkind = "insert"\nclients = 3\n[stop]\nat = "1s"\n');
  await other.chooseFiles([scenario]);
  await expect(other.status).toHaveText("The run mine is loaded.");
  await writeFile(scenario, "format = 1\nclients = 3\n");
  await other.chooseFiles([scenario]);
  await expect(other.page.getByText(/clients.*expected one of the keys/)).toBeVisible();
});

test("what is done in the past begins a way, and the old one stays", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await lab.start();
  await lab.act("Zone b", "Take zone b down");
  await lab.commitsGoOn();
  await lab.stop();
  const event = await lab.event();
  const ways = page.getByRole("region", { name: "Ways of this run" });
  await expect(ways).toBeHidden();

  await page.getByRole("button", { name: /^Take back: .*zone b/ }).click();
  await expect(lab.spot("Zone b")).toHaveAccessibleName("Zone b, has power");
  await expect(ways.getByText("You are here")).toBeVisible();
  await lab.act("Node c1", "Take c1 down");
  await ways.getByRole("button", { name: /^Go there: .*zone b/ }).click();
  await expect(lab.spot("Zone b")).toHaveAccessibleName("Zone b, no power");
  await expect.poll(() => lab.event()).toBe(event);

  await ways.getByRole("button", { name: /^Rename: .*zone b/ }).click();
  await page.keyboard.type("power cut");
  await page.keyboard.press("Enter");
  await expect(ways.getByText("power cut")).toBeVisible();
  await ways.getByRole("button", { name: /^Go there: / }).click();
  await expect(lab.spot("Node c1")).toHaveAccessibleName(/^Node c1, down/);
  await ways.getByRole("button", { name: "Forget: power cut" }).click();
  await expect(ways).toBeHidden();
});

test("why commits have stopped leads to the moment of it", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await lab.start();
  await lab.act("Zone b", "Take zone b down");
  await lab.act("Node c1", "Take c1 down");
  await expect(lab.banner).toBeVisible();
  await page.getByRole("region", { name: "Why commits wait" }).getByRole("button", { name: "Why?" }).click();
  const why = page.getByRole("region", { name: "Why does it wait?" });
  await expect(why.getByRole("heading")).toBeFocused();
  await expect(why.getByText(/Zone b loses power/).first()).toBeVisible();
  const down = why.getByRole("listitem").filter({ hasText: "Node c1 goes down." });
  await expect(down.first()).toBeVisible();
  await down.getByRole("button").first().click();
  await expect(lab.spot("Node c1")).toHaveAccessibleName(/^Node c1, down/);
  await why.getByRole("button", { name: "Close" }).click();
  await expect(why).toBeHidden();
  await lab.choose("Node c1", "Why is it so?");
  await expect(page.getByRole("region", { name: "Why is c1 so?" })).toBeVisible();
});

test("two runs stand side by side, and say where they part", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await lab.start();
  await lab.commitsGoOn();
  await lab.act("Zone b", "Take zone b down");
  await lab.commitsGoOn();
  await lab.stop();
  await page.getByRole("button", { name: /^Take back: .*zone b/ }).click();
  await page.getByRole("button", { name: /^Compare with: .*zone b/ }).click();
  const other = page.getByRole("region", { name: /^Beside it: .*zone b/ });
  await expect(other.getByText("At this moment both are equal, to the last bit.")).toBeVisible();
  await expect(other.getByText(/^They part at event/)).toBeVisible();
  await expect(other.getByText(/^There: .*Zone b loses power/)).toBeVisible();
  await lab.start();
  await expect(other.getByRole("row", { name: "Node b1 up down" })).toBeVisible();
  await lab.stop();
  await other.getByRole("button", { name: "Stop comparing" }).click();
  await expect(other).toBeHidden();
  await lab.button("Compare with another seed").click();
  await expect(page.getByRole("region", { name: /^Beside it: the same with seed/ })).toBeVisible();
});
