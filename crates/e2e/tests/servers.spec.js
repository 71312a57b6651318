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

test("a log that a server wrote goes through both engines, by keyboard alone", async ({
  page,
  site,
}) => {
  const lab = new KeyboardLab(page);
  await lab.open(site);
  const beside = page.getByRole("checkbox", { name: /^Let a conventional server do the same/ });
  await lab.tabTo(beside);
  await page.keyboard.press("Space");
  await expect(lab.servers).toBeVisible();
  await expect(beside).toBeChecked();
  const commits = await lab.runToEnd();
  const row = (name) => lab.compared.getByRole("row", { name }).getByRole("cell");
  await expect(row(/^Commits \d/)).toHaveText([commits.toString(), commits.toString()]);
  await expect(row(/^bytes for each machine /)).toHaveText([/B, 6 machines$/, /B, 1 machine$/]);
  await lab.tabTo(beside);
  await page.keyboard.press("Space");
  await expect(lab.servers).toBeHidden();
  await expect(beside).not.toBeChecked();
});

test("Table 1 of the paper stands beside the run that it is compared with", async ({
  page,
  site,
}) => {
  test.slow();
  const lab = new Lab(page);
  await lab.open(site);
  await lab.load("Mirrored blocks against a quorum", "mirrored");
  const beside = page.getByRole("region", { name: "Beside the paper" });
  const row = (name) => beside.getByRole("row", { name }).getByRole("cell");
  await expect(row(/^Writes for a transaction, mirrored/)).toHaveText(["7.4", "–"]);
  await lab.runToEnd();
  await expect(row(/^Transactions with the quorum/)).toHaveText(["35.1", /^9\.[34]/]);
  await expect(row(/^Times fewer/)).toHaveText(["7.79", /^9\.[567]/]);
  await page.getByText("The scenario file, with the source of its values").click();
  await expect(page.getByText("mirror_legs = 3")).toBeVisible();
});
