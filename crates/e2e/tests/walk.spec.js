// The walk through the first exhibit: lose a zone, lose one node more, get both back.

import { expect, test } from "../support/fixtures.js";
import { KeyboardLab } from "../support/keyboard.js";
import { Lab } from "../support/lab.js";

/** What `sixfold wal stats` says of the recording that the page ships. */
const COMMITS = 131;

for (const [means, start] of [
  ["pointer", (page) => new Lab(page)],
  ["keyboard alone", (page) => new KeyboardLab(page)],
]) {
  test(`a zone and one node more are lost and come back, by ${means}`, async ({ page, site }) => {
    const lab = start(page);
    await lab.open(site);

    await lab.start();
    await lab.commitsGoOn();

    await lab.act("Zone b", "Take zone b down");
    await expect(lab.spot("Zone b")).toHaveAccessibleName("Zone b, no power");
    await lab.commitsGoOn();
    await expect(lab.banner).toBeHidden();

    await lab.act("Node c1", "Take c1 down");
    await expect(lab.spot("Node c1")).toHaveAccessibleName(/^Node c1, down/);
    await expect(lab.banner).toBeVisible();
    await expect(page.getByText(/\d of the 4 copies it needs/).first()).toBeVisible();
    const reasons = page.getByRole("listitem");
    for (const node of ["b1", "b2", "c1"]) {
      await expect(reasons.filter({ hasText: new RegExp(`^${node} is down since`) })).toBeVisible();
    }
    await lab.commitsStandStill();

    await lab.act("Node c1", "Bring c1 back");
    await expect(lab.banner).toBeHidden();
    await lab.commitsGoOn();
    await lab.act("Zone b", "Bring zone b back");
    await expect(lab.spot("Zone b")).toHaveAccessibleName("Zone b, has power");
    await expect.poll(() => lab.figure("fetched from peers")).toBeGreaterThan(0);
    await lab.commitsGoOn();

    expect(await lab.runToEnd(), "no commit of the recording is missing").toBe(COMMITS);
    await lab.reset();
    expect(await lab.runToEnd(), "as without any failure").toBe(COMMITS);
  });

  test(`a broken engine comes back to the same moment, by ${means}`, async ({ page, site }) => {
    const lab = start(page);
    await lab.open(site);
    await lab.start();
    await lab.act("Node a2", "Take a2 down");
    await lab.commitsGoOn();
    await lab.stop();

    const first = await lab.breakOnPurpose();
    expect(first).toMatch(/#v=1&x=first-light&e=node-down:a2@[\d.]+m?s&t=[\d.]+m?s(\+\d+)?&.*c=[0-9a-f]{4}$/);
    await lab.restart();
    await expect(lab.play, "the way on has the focus").toBeFocused();
    await expect(lab.spot("Node a2")).toHaveAccessibleName(/^Node a2, down/);
    // What was shown at rest has the hash of its state, too.
    const place = (link) => link.replace(/(&m=\d+&h=\w+)?&c=\w+$/, "");
    expect(place(await lab.breakOnPurpose()), "the same moment").toBe(place(first));
    await lab.restart();
    await lab.start();
    await lab.commitsGoOn();
  });

  test(`steps back and on come to the same place, by ${means}`, async ({ page, site }) => {
    const lab = start(page);
    await lab.open(site);
    await lab.start();
    await lab.commitsGoOn();
    await lab.stop();
    const event = await lab.event();
    const told = await lab.told();
    for (let step = 1; step <= 3; step += 1) {
      await lab.step(-1);
      await expect.poll(() => lab.event()).toBe(event - step);
    }
    for (let step = 2; step >= 0; step -= 1) {
      await lab.step(1);
      await expect.poll(() => lab.event()).toBe(event - step);
    }
    await expect.poll(() => lab.told()).toBe(told);
  });
}
