// A damaged page is mended, a spare takes a node's place, and a volume is restored to a moment.

import { expect, test } from "../support/fixtures.js";
import { KeyboardLab } from "../support/keyboard.js";
import { Lab } from "../support/lab.js";

/** A run with few records and pages. */
const RUN = ["Clone: two volumes, shared pages", "clone"];

for (const [means, start] of [
  ["pointer", (page) => new Lab(page)],
  ["keyboard alone", (page) => new KeyboardLab(page)],
]) {
  test(`a damaged page is mended and a spare takes a node's place, by ${means}`, async ({ page, site }) => {
    test.slow();
    const lab = start(page);
    await lab.open(site);
    await lab.load(...RUN);
    await lab.spot("Node a1").click();
    const none = page.getByRole("menuitem", { name: /^Flip a bit of a page on a1/ });
    await expect(none).toHaveAttribute("aria-disabled", "true");
    await page.keyboard.press("Escape");

    await lab.speed("1 s shows 1 s");
    await lab.start();
    await expect(lab.spot("Node a1")).toHaveAccessibleName(/ pages? with versions/, { timeout: 60_000 });
    await lab.stop();
    await lab.act("Node a1", /^Flip a bit of page \d+ on a1/);
    await expect(lab.spot("Node a1")).toHaveAccessibleName(/, page \d+ damaged/);
    await lab.start();
    await expect(lab.spot("Node a1")).toHaveAccessibleName(/, page \d+ mended at /, { timeout: 60_000 });
    await expect(lab.spot("Node a1")).not.toHaveAccessibleName(/damaged/);
    await lab.stop();
    await expect(lab.button("Mend a page (done)")).toBeVisible();

    await expect(lab.spot("Node c3")).toHaveAccessibleName("Node c3, spare");
    await lab.act("Node c2", "Replace c2 by a spare");
    await lab.speed("1 s shows 10 ms");
    await lab.start();
    await expect(lab.spot("Node c3")).toHaveAccessibleName(/^Node c3, joins, has \d+ % of the segments/, {
      timeout: 60_000,
    });
    const place = await lab.spot("Node c2").boundingBox();
    await expect(lab.spot("Node c3")).toHaveAccessibleName(/^Node c3, up/, { timeout: 90_000 });
    await expect(lab.spot("Node c2")).toHaveAccessibleName("Node c2, spare");
    await lab.stop();
    expect(await lab.spot("Node c3").boundingBox(), "it stands where the other stood").toEqual(place);
    await expect(lab.spot("Writer")).toHaveAccessibleName(/, membership epoch 3$/);
  });

  test(`a volume is restored to the moment that is shown, by ${means}`, async ({ page, site }) => {
    test.slow();
    const lab = start(page);
    await lab.open(site);
    await lab.load("Insert test: 4,000 a second", "insert");
    await expect(lab.restoring).toHaveAttribute("aria-disabled", "true");
    await expect(lab.restoring).toHaveAccessibleDescription(/^Go back on the timeline first/);
    await lab.speed("1 s shows 1 s");
    await lab.start();
    await lab.commitsGoOn();
    await page.waitForTimeout(4000);
    await lab.stop();
    await lab.timeline.focus();
    for (let n = 0; n < 6; n += 1) {
      await page.keyboard.press("PageDown");
    }
    await expect(lab.restoring).toHaveAccessibleDescription(/^At the newest moment, a new volume begins as v1 was at /);
    await lab.press(lab.restoring);
    await expect(lab.status).toContainText("A new volume is asked for, as this one was at ");
    await lab.playUntil("Volume v2 is open.");
    await expect(lab.spot("Volume v2")).toHaveAccessibleName(/^Volume v2, open, restored as v1 at [\d,]+$/);
  });
}
