// What must always hold: told while a run goes on, and clearly seen when it does not.

import { expect, test } from "../support/fixtures.js";
import { KeyboardLab } from "../support/keyboard.js";
import { Lab } from "../support/lab.js";
import { run } from "../support/scenario.js";
import { violate } from "../support/violation.js";

const NEVER_BACK = "The points of the log never move back.";
const FOUND = "Whatever was acknowledged is found by every read quorum.";

/** Three copies make a record durable, and three may answer to a recovery: not more than six. */
const SMALL_QUORUM = `
format = 1
name = "small-quorum"
broken = ["small-quorum"]
[topology]
write_quorum = 3
read_quorum = 3
[workload]
kind = "insert"
rate = 500
pages = 48
`;

for (const [means, start] of [
  ["pointer", (page) => new Lab(page)],
  ["keyboard alone", (page) => new KeyboardLab(page)],
]) {
  test(`the invariants and how often each was checked, by ${means}`, async ({ page, site }) => {
    const lab = start(page);
    await lab.open(site);
    const panel = lab.invariants;
    const entry = panel.getByRole("listitem").filter({ hasText: NEVER_BACK });
    await expect(entry, "the panel is closed at first").toBeHidden();
    await lab.press(panel.locator("summary"));
    await expect(entry).toBeVisible();
    await expect(entry).toContainText("What is durable stays durable");
    await lab.start();
    await lab.commitsGoOn();
    await lab.stop();
    const checked = async () => {
      const text = await entry.getByText(/^Holds, checked [\d,]+ times\.$/).innerText();
      return Number(text.replaceAll(/\D/g, ""));
    };
    const before = await checked();
    expect(before).toBeGreaterThan(10);
    await lab.step(-1);
    await expect(panel.getByText(/^All \d+ hold, checked [\d,]+ times\.$/)).toBeVisible();
    expect(await checked()).toBeLessThanOrEqual(before);
    await lab.reset();
    await expect(entry).toContainText("Not checked yet");
  });

  test(`what is violated is seen, said and leads to its moment, by ${means}`, async ({ page, site }) => {
    await violate(page, { place: 0, event: 300, seen: "VDL from 15 to 12" });
    const lab = start(page);
    await lab.open(site);
    await lab.start();
    await expect(lab.status).toHaveText(`Violated at event 300: ${NEVER_BACK}`);
    await expect(page.getByText("What must always hold does not:")).toBeInViewport();
    await lab.stop();
    const panel = lab.invariants;
    await expect(panel.getByText(/^1 of \d+ is violated\.$/)).toBeVisible();
    await lab.press(panel.locator("summary"));
    const first = panel.getByRole("listitem").first();
    await expect(first).toContainText(NEVER_BACK);
    await expect(first).toContainText("Seen first: VDL from 15 to 12.");
    await lab.press(lab.button("Go to event 300"));
    await expect.poll(() => lab.event()).toBe(300);
    await lab.step(-1);
    await expect(panel.getByText(/^All \d+ hold/), "before it, all hold").toBeVisible();
  });

  test(`an engine that is broken on purpose is caught, by ${means}`, async ({ page, site }) => {
    await run(page, SMALL_QUORUM);
    const lab = start(page);
    await lab.open(site);
    await lab.start();
    await expect(lab.status).toHaveText(new RegExp(`^Violated at event \\d+: ${FOUND}$`));
    await expect(page.getByText("What must always hold does not:")).toBeInViewport();
    await lab.stop();
    await lab.press(lab.invariants.locator("summary"));
    const first = lab.invariants.getByRole("listitem").first();
    await expect(first).toContainText(FOUND);
    await expect(first).toContainText(/Seen first: commit \d+, which 3 copies of a group lack/);
    await expect(first, "and why it must hold").toContainText("A new writer asks only so many copies.");
    const go = first.getByRole("button", { name: /^Go to event \d+$/ });
    const event = Number(/\d+/.exec((await go.innerText()).replaceAll(",", ""))[0]);
    await lab.press(go);
    await expect.poll(() => lab.event()).toBe(event);
    await expect(first).toContainText(FOUND);
    await lab.step(-1);
    await expect(lab.invariants.getByText(/^All \d+ hold/), "before it, all hold").toBeVisible();
  });
}
