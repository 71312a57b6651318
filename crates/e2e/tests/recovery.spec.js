// The writer crashes, and a new one goes on; the writer is cut off, and comes back too late.

import { expect, test } from "../support/fixtures.js";
import { KeyboardLab } from "../support/keyboard.js";
import { Lab } from "../support/lab.js";

for (const [means, start] of [
  ["pointer", (page) => new Lab(page)],
  ["keyboard alone", (page) => new KeyboardLab(page)],
]) {
  test(`the writer crashes and a new one goes on, by ${means}`, async ({ page, site }) => {
    const lab = start(page);
    await lab.open(site);
    const writer = lab.spot("Writer");
    await expect(writer).toHaveAccessibleName("Writer, epoch 1, works");
    await lab.start();
    await lab.commitsGoOn();

    await lab.act("Writer", "Crash the writer");
    await expect(writer).toHaveAccessibleName(/^Writer, epoch 1, crashed at /);
    await expect(lab.banner).toBeVisible();
    await expect(page.getByText("There is no writer. Start a new one.").first()).toBeVisible();
    await expect(lab.status).toHaveText("Commits have stopped: the writer has crashed.");
    await lab.commitsStandStill();

    await lab.act("Writer", "Start a new writer");
    await expect(writer).toHaveAccessibleName("Writer, epoch 2, works");
    await expect(lab.banner).toBeHidden();
    await lab.commitsGoOn();
    await lab.stop();
    await expect(page.getByRole("img", { name: /^The writer sends records / })).toBeVisible();

    await lab.reset();
    await expect(writer, "nothing is done").toHaveAccessibleName("Writer, epoch 1, works");
  });
}

test("a writer that was cut off comes back too late, and nodes refuse it", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await page.getByRole("combobox", { name: "Run" }).selectOption("Insert test: 4,000 a second");
  await expect(lab.status).toHaveText("The run insert is loaded.");
  await lab.start();
  await lab.commitsGoOn();

  await lab.act("Writer", "Cut the writer off");
  await expect(lab.spot("Writer")).toHaveAccessibleName(/^Writer, epoch 1, cut off since /);
  await expect(lab.banner).toBeVisible();
  await lab.commitsStandStill();

  await lab.act("Writer", "Start a new writer");
  await expect(lab.spot("Writer")).toHaveAccessibleName("Writer, epoch 2, works");
  await lab.commitsGoOn();

  // The old writer sends again when it has waited for 0.1 s. Only faults are told.
  for (const kind of ["Commits", "Durability"]) {
    await lab.button(kind).click();
  }
  await lab.act("Writer", "Let the older writer through again");
  await page.getByRole("combobox", { name: "Speed" }).selectOption("1 s shows 10 ms");
  await expect
    .poll(() => lab.told(), { intervals: [200], timeout: 60_000 })
    .toMatch(/[abc][12] refuses the writer of epoch 1\./);
  await expect(lab.spot("Writer")).toHaveAccessibleName("Writer, epoch 2, works");
});

test("what cannot be done to a writer that is not there says why", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await lab.act("Writer", "Crash the writer");
  await expect(lab.spot("Writer")).toHaveAccessibleName(/crashed/);
  await lab.spot("Writer").click();
  const cut = page.getByRole("menuitem", { name: /^Cut the writer off/ });
  await expect(cut).toHaveAttribute("aria-disabled", "true");
  await expect(cut).toContainText("There is no writer.");
});
