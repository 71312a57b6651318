// The exhibits: every step of each, on and back, by pointer and by keyboard, with and without programs.

import { violations } from "../support/axe.js";
import { expect, test } from "../support/fixtures.js";
import { KeyboardLab } from "../support/keyboard.js";
import { Lab } from "../support/lab.js";
import { sixfold } from "../support/sixfold.js";

const EXHIBITS = [
  {
    name: "quorum",
    title: "Four of six",
    steps: [
      "A record, six copies",
      "When is it safe?",
      "The durable point",
      "Sending six to wait for four",
      "What else the two spare copies buy",
      "What the notes said",
    ],
  },
  {
    name: "az-failure",
    title: "A zone, and one machine more",
    steps: [
      "A zone goes dark",
      "And one machine more",
      "The power comes back",
      "A race",
      "How long a race lasts",
      "What the notes said",
    ],
  },
  {
    name: "clones",
    title: "A copy that costs nothing at first",
    steps: [
      "One volume",
      "A clone",
      "The first writes",
      "What it costs",
      "A clone that works harder than its source",
      "What the notes said",
    ],
  },
];
const SHAPES = [
  ["desk", 1440, 900],
  ["slide", 960, 540],
  ["phone", 390, 844],
];

const heading = (page, title) => page.getByRole("heading", { level: 2, name: title, exact: true });

const tellings = new Map();

/** The moments of a lesson, as the command line tells them; asked once. */
async function told(name) {
  if (!tellings.has(name)) tellings.set(name, sixfold("lesson", name));
  const moments = (await tellings.get(name)).matchAll(/^event (\d+): #(\S+)$/gm);
  return [...moments].map(([, event, link]) => ({ event: Number(event), link }));
}

for (const { name, title, steps } of EXHIBITS) {
  for (const [shape, width, height] of SHAPES) {
    for (const theme of ["light", "dark", "projector"]) {
      test(`${name} is walked through on and back on the ${shape}, ${theme}`, async ({ page, site }) => {
        await page.setViewportSize({ width, height });
        await page.addInitScript((chosen) => localStorage.setItem("sixfold.theme", chosen), theme);
        const lab = new Lab(page);
        await lab.open(`${site}${name}/`);
        await expect(page).toHaveTitle(`${title}: Sixfold`);
        await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
        const moments = await told(name);
        const isThorough = shape === "desk" && theme === "light";
        const shown = async (n) => {
          await expect(heading(page, steps[n])).toBeVisible();
          await expect(page.getByText(`Step ${n + 1} of ${steps.length}`, { exact: true })).toBeVisible();
          await expect.poll(() => lab.event(), "as on the command line").toBe(moments[n].event);
          if (!isThorough) return;
          const address = `${site}${name}/#${moments[n].link}`;
          await expect.poll(() => page.url(), "the same state, and the same link").toBe(address);
        };
        for (let n = 0; n < steps.length; n += 1) {
          await shown(n);
          const isEnd = n === 0 || n + 1 === steps.length;
          if (isEnd || isThorough) expect(await violations(page), steps[n]).toEqual([]);
          if (n + 1 < steps.length) {
            await lab.press(lab.button("Next"));
            await expect(heading(page, steps[n + 1])).toBeFocused();
          }
        }
        await expect(lab.button("Next")).toBeDisabled();
        for (let n = steps.length - 2; n >= 0; n -= 1) {
          await lab.press(lab.button("Back"));
          await shown(n);
        }
        await expect(lab.button("Back")).toBeDisabled();
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow, "nothing sticks out sideways").toBe(0);
      });
    }
  }
}

test("an exhibit is gone through by keys: steps, question, what is touched and restored", async ({ page, site }) => {
  const lab = new KeyboardLab(page);
  await lab.open(`${site}quorum/`);
  await page.keyboard.press("PageDown");
  await expect(heading(page, "When is it safe?")).toBeFocused();
  const later = page.getByText("Four is the write quorum.");
  await expect(later).toBeHidden();
  // Tab comes to the question, arrows choose.
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await expect(lab.button("Answer")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText("No. If that one machine is lost")).toBeVisible();
  await expect(page.getByText("It is: Four of the six.")).toBeVisible();
  await expect(later).toBeVisible();

  const [event, link] = [await lab.event(), page.url()];
  await lab.act("Zone b", "Take zone b down");
  await lab.step(1);
  await expect.poll(() => page.url()).toContain("e=az-down:b@");
  await lab.press(lab.button("Back to the lesson"));
  await expect.poll(() => page.url()).toBe(link);
  await expect.poll(() => lab.event()).toBe(event);
  await expect(lab.spot("Zone b")).toHaveAccessibleName("Zone b, has power");
  await page.keyboard.press("PageUp");
  await expect(heading(page, "A record, six copies")).toBeFocused();
  await page.keyboard.press("PageUp");
  await expect(heading(page, "A record, six copies")).toBeVisible();
});

test("a step has a link of its own, and the browser's way back leads to the one before", async ({ page, site, context }) => {
  const lab = new Lab(page);
  await lab.open(`${site}quorum/`);
  await lab.press(lab.button("Next"));
  await expect(heading(page, "When is it safe?")).toBeVisible();
  await lab.press(lab.button("Next"));
  await expect(heading(page, "The durable point")).toBeVisible();
  await expect.poll(() => page.url()).toContain("&n=3&");
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(heading(other, "The durable point")).toBeVisible();
  await page.goBack();
  await expect(heading(page, "When is it safe?")).toBeVisible();
  await expect.poll(() => page.url()).toContain("&n=2&");
  await page.reload();
  await expect(heading(page, "When is it safe?")).toBeVisible();
});

test("an exhibit is a page that is read without programs", async ({ browser, site }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${site}quorum/`);
  for (const title of EXHIBITS[0].steps) await expect(heading(page, title)).toBeVisible();
  await expect(page.getByRole("img")).toHaveCount(0);
  await expect(page.locator("img")).toBeVisible();
  await page.getByText("Why, or why not").first().click();
  await expect(page.getByText("If that one machine is lost before")).toBeVisible();
  await expect(page.getByText("Four is the write quorum.")).toBeVisible();
  await context.close();
});

test("the first page leads to the exhibits", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await page.getByRole("link", { name: "Four of six" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Four of six" })).toBeVisible();
  await expect(lab.play).toBeEnabled();
  await page.getByRole("link", { name: "Lab", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "One log, kept by six machines" })).toBeVisible();
});
