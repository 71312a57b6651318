// The conventional engine beside the quorum engine: what can be done to its servers, and what is told.

import { expect, test } from "../support/fixtures.js";
import { KeyboardLab } from "../support/keyboard.js";
import { Lab } from "../support/lab.js";

/** The shipped run of both engines. */
const RUN = ["Two engines, one workload", "both"];

for (const [means, start] of [
  ["pointer", (page) => new Lab(page)],
  ["keyboard alone", (page) => new KeyboardLab(page)],
]) {
  test(`both engines crash and come back, by ${means}`, async ({ page, site }) => {
    test.slow();
    const lab = start(page);
    await lab.open(site);
    await expect(lab.servers, "only one engine runs").toBeHidden();
    await lab.load(...RUN);
    await expect(lab.servers).toBeVisible();
    await expect(lab.spot("Primary")).toHaveAccessibleName("Primary, zone a, open");

    await lab.act("Standby s1", "Take standby s1 down");
    await expect(lab.status).toHaveText("Down: standby s1.");
    await expect(lab.spot("Standby s1")).toHaveAccessibleName("Standby s1, zone b, down");
    await lab.act("Standby s1", "Bring standby s1 back");
    await expect(lab.status).toHaveText("Every node is up.");
    await lab.act("Standby s2", "Slow the disk of standby s2 by 50 ms");

    // A standby cannot take the place of a primary that works.
    await lab.press(lab.spot("Standby s2"));
    const promote = page.getByRole("menuitem", { name: "Make standby s2 the primary" });
    await expect(promote).toHaveAttribute("aria-disabled", "true");
    await page.keyboard.press("Escape");

    await lab.start();
    await expect(lab.compared.getByRole("row", { name: /^Commits [1-9]/ })).toBeVisible({
      timeout: 30_000,
    });
    await lab.stop();
    await lab.act("Primary", "Crash the primary, and the writer");
    await expect(lab.status).toHaveText(/The primary has crashed\./);
    await expect(lab.spot("Primary")).toHaveAccessibleName(/^Primary, zone a, crashed at /);
    await lab.act("Primary", "Start both engines again");
    await expect(lab.status).toHaveText(/The primary starts, and will replay its log\./);

    await lab.speed("as fast as it can");
    await lab.start();
    await expect(lab.spot("Primary")).toHaveAccessibleName("Primary, zone a, open", {
      timeout: 60_000,
    });
    await lab.stop();
    const recovery = lab.compared.getByRole("row", { name: /^Last recovery / });
    await expect(recovery.getByRole("cell")).toHaveText([/ms, 0 B replayed$/, /replayed$/]);

    await lab.reset();
    await expect(lab.spot("Primary")).toHaveAccessibleName("Primary, zone a, open");
  });
}
