// The figures that experiments make: they grow while one watches, and can be cancelled.

import { expect, test } from "../support/fixtures.js";
import { KeyboardLab } from "../support/keyboard.js";
import { Lab } from "../support/lab.js";

const CURVE = "How long a restart takes after a crash";

/** What is seen of how far it is. The same is said at a calm pace to who does not see it. */
function told(region, text) {
  return region.getByRole("paragraph").filter({ hasText: text });
}

for (const [means, start] of [
  ["pointer", (page) => new Lab(page)],
  ["keyboard alone", (page) => new KeyboardLab(page)],
]) {
  test(`the recovery-time curve grows up to 40 GB, by ${means}`, async ({ page, site }) => {
    test.slow();
    const lab = start(page);
    await lab.open(site);
    await lab.press(page.getByRole("link", { name: "Figures", exact: true }));
    await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
    const curve = page.getByRole("region", { name: CURVE });

    // What was seen of real servers is there before anything is computed.
    for (const residual of ["−1.5 s", "+2.0 s", "−0.5 s"]) {
      await expect(curve.getByText(residual)).toBeVisible();
    }
    await expect(curve.getByText("(126 − 3) / 126 = 97.6 %")).toBeVisible();
    await expect(told(curve, "Nothing is computed yet.")).toBeVisible();

    await lab.press(curve.getByRole("button", { name: "Compute", exact: true }));
    await expect(curve.getByRole("button", { name: "Cancel" })).toBeFocused();
    await expect(told(curve, /^\d+ of 41 points computed\.$/)).toBeVisible();
    await expect(told(curve, /^All 41 points are there\./)).toBeVisible({ timeout: 120_000 });
    await expect(curve.getByText(/^The most redo that a crash found is 40 GB\./)).toBeVisible();

    await lab.press(curve.getByText("The same as a table"));
    await expect(curve.getByRole("row", { name: /^40(\.0+)? / })).toBeVisible();

    const slider = curve.getByRole("slider", { name: "Read the chart at" });
    if (lab instanceof KeyboardLab) {
      await lab.tabTo(slider);
    } else {
      await slider.focus();
    }
    await page.keyboard.press("End");
    await expect(slider).toHaveAttribute("aria-valuetext", /^40.* Conventional engine: 1\d\d s/);
  });
}

test("a curve that is cancelled stops where it is, and can be computed again", async ({ page, site }) => {
  await page.goto(`${site}#figures`);
  const curve = page.getByRole("region", { name: CURVE });
  await expect(curve.getByText(/^A server measured for this page\. PostgreSQL \d+\.\d+ /)).toBeVisible();
  await curve.getByRole("combobox", { name: "Checkpoints" }).selectOption("every 5 minutes");
  await curve.getByRole("button", { name: "Compute", exact: true }).click();
  await expect(told(curve, /^[1-9]\d* of 41 points computed\.$/)).toBeVisible();
  await curve.getByRole("button", { name: "Cancel" }).click();
  const cancelled = told(curve, /^Cancelled\. \d+ points? (is|are) there\.$/);
  const before = await cancelled.innerText();
  await page.waitForTimeout(1000);
  expect(await cancelled.innerText(), "nothing more comes").toBe(before);

  await curve.getByRole("combobox", { name: "Disk" }).selectOption({ index: 1 });
  await expect(told(curve, "The choices have changed since this was computed.")).toBeVisible();
  await curve.getByRole("button", { name: "Compute again" }).click();
  await expect(told(curve, /^\d+ of 41 points computed\.$/)).toBeVisible();
  await expect(curve.getByText("The choices have changed")).toBeHidden();
});

test("the run goes on beside an experiment, and is a point of the curve", async ({ page, site }) => {
  test.slow();
  const lab = new Lab(page);
  await lab.open(site);
  await lab.load("Two engines, one workload", "both");
  await lab.start();
  await page.getByRole("link", { name: "Figures", exact: true }).click();
  const curve = page.getByRole("region", { name: CURVE });
  await curve.getByRole("button", { name: "Compute", exact: true }).click();
  const where = page.getByText(/^Your run in the lab: both, at /);
  const before = await where.innerText();
  await expect(where).not.toHaveText(before);
  await expect(curve.getByText(/^Your run\. If its primary crashed now/)).toBeVisible();
  await page.getByRole("button", { name: "Let it stand still" }).click();
  const stands = await where.innerText();

  await page.getByRole("link", { name: "Lab", exact: true }).click();
  await expect(lab.play).toBeEnabled();
  await page.getByRole("link", { name: "Figures", exact: true }).click();
  await expect(where, "neither the run nor the experiment is lost").toHaveText(stands);
  await expect(told(curve, /points computed\.$|^All 41 points/)).toBeVisible();
});

test("the insert test shows checkpoints while it runs, and can be cancelled", async ({ page, site }) => {
  test.slow();
  await page.goto(`${site}#figures`);
  const inserts = page.getByRole("region", { name: "The insert test" });
  await inserts.getByRole("combobox", { name: /^Size of the log/ }).selectOption({ index: 0 });
  await inserts.getByRole("button", { name: "Compute", exact: true }).click();
  await expect(told(inserts, /^[\d.]+ \S+ of 300 s of model time computed\.$/)).toBeVisible();
  await inserts.getByText("The same as a table").first().click();
  const checkpoints = inserts.getByRole("table", { name: "Checkpoints of the conventional engine" });
  await expect(checkpoints.first().getByRole("row", { name: /^1 / })).toBeVisible({ timeout: 120_000 });
  await expect(inserts.getByText(/^The conventional engine acknowledged 2\d,\d{3} inserts a second/)).toBeVisible({
    timeout: 120_000,
  });
  await inserts.getByRole("button", { name: "Cancel" }).click();
  await expect(told(inserts, /^Cancelled\. .+ of model time are there, after .+\.$/)).toBeVisible();
  await expect(checkpoints.first().getByRole("row", { name: /^1 / }), "what is there stays").toBeVisible();
});
