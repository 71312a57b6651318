// The sandbox: every parameter of the scenario as a form.

import { readFile, writeFile } from "node:fs/promises";

import { expect, test } from "../support/fixtures.js";
import { KeyboardLab } from "../support/keyboard.js";
import { Lab } from "../support/lab.js";

function sandbox(page) {
  return page.getByRole("dialog", { name: "Sandbox" });
}

/** Writes something into a field, as one who types does. */
async function write(lab, field, text) {
  if (lab instanceof KeyboardLab) {
    await lab.tabTo(field);
  } else {
    await field.click();
  }
  await field.press("Control+a");
  await field.pressSequentially(text);
  await field.press("Tab");
}

for (const [means, start] of [
  ["pointer", (page) => new Lab(page)],
  ["keyboard alone", (page) => new KeyboardLab(page)],
]) {
  test(`a scenario is changed, refused where it does not fit, saved and opened, by ${means}`, async ({ page, site }, info) => {
    test.slow();
    const lab = start(page);
    await lab.open(site);
    await lab.press(lab.button("Sandbox"));
    const form = sandbox(page);
    const apply = form.getByRole("button", { name: "Run with these" });
    const quorum = form.getByRole("textbox", { name: /^Write quorum/ });
    await expect(quorum).toHaveValue("4");
    await expect(apply).toBeDisabled();
    await expect(form.getByText("Nothing is changed.")).toBeVisible();

    // What does not fit says why, and cannot be run.
    await write(lab, quorum, "2");
    await expect(form.getByText(/expected at least 4: of 6 copies, any two write quorums must share one/)).toBeVisible();
    await expect(quorum).toHaveAttribute("aria-invalid", "true");
    await expect(quorum).toHaveValue("2");
    await expect(apply).toBeDisabled();
    await lab.press(form.getByRole("button", { name: "Reset all" }));
    await expect(quorum).toHaveValue("4");

    await write(lab, quorum, "5");
    await write(lab, form.getByRole("textbox", { name: /^Seed/ }), "7");
    await expect(form.getByText("2 parameters changed.")).toBeVisible();

    const saved = page.waitForEvent("download");
    await lab.press(form.getByRole("button", { name: "Save as a scenario file" }));
    const file = info.outputPath("scenario.toml");
    await (await saved).saveAs(file);
    const text = await readFile(file, "utf8");
    expect(text).toContain("write_quorum = 5");
    expect(text).toContain("seed = 7");

    await lab.press(apply);
    await expect(form).toBeHidden();
    await expect.poll(() => page.url()).toContain("topology.write_quorum:5");
    await lab.start();
    await lab.commitsGoOn();
    await lab.stop();

    // The file is the same run.
    await writeFile(file, text.replace(/^name = .*$/m, 'name = "mine"'));
    await lab.press(lab.button("Sandbox"));
    await form.locator("input[type=file]").setInputFiles(file);
    await expect(lab.status).toHaveText("The run mine is loaded.");
    await expect(quorum).toHaveValue("5");
    await expect(form.getByText("Nothing is changed.")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(form).toBeHidden();
  });
}

test("the seed of a link is a change like another", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(`${site}#v=1&x=insert&s=31`);
  await lab.press(lab.button("Sandbox"));
  const form = sandbox(page);
  const seed = form.getByRole("textbox", { name: /^Seed/ });
  await expect(seed).toHaveValue("31");
  await write(lab, seed, "32");
  await lab.press(form.getByRole("button", { name: "Run with these" }));
  await expect.poll(() => page.url()).toContain("seed:32");
  expect(page.url()).not.toContain("s=31");
});

test("what happens in a run is written line by line, and stands on its timeline", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(`${site}#v=1&x=insert`);
  await lab.press(lab.button("Sandbox"));
  const form = sandbox(page);
  const faults = form.getByRole("textbox", { name: /^What happens/ });
  const apply = form.getByRole("button", { name: "Run with these" });
  await write(lab, faults, "az-down:b@5ms\nslow:d1,50ms@6ms");
  await expect(form.getByText(/expected `slow` with a node/)).toBeVisible();
  await expect(apply).toBeDisabled();
  await write(lab, faults, "az-down:b@5ms\nslow:a1,50ms@6ms");
  await lab.press(apply);
  await expect(form).toBeHidden();
  await expect.poll(() => page.url()).toContain("p=fault:az-down:b%405ms");
  await lab.start();
  await expect(lab.spot("Zone b")).toHaveAccessibleName("Zone b, no power");
  await lab.stop();

  await lab.press(lab.button("Sandbox"));
  await expect(faults).toHaveValue("az-down:b@5ms\nslow:a1,50ms@6ms");
  await faults.fill("");
  await faults.press("Tab");
  await lab.press(apply);
  await expect.poll(() => page.url()).toContain("p=fault:none");
});

test("every parameter of the format is there, with its name, its range and a reason", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await lab.press(lab.button("Sandbox"));
  const form = sandbox(page);
  for (const title of ["Workload", "How the writer reads", "The conventional engine", "The end"]) {
    await form.locator("summary", { hasText: title }).click();
  }
  for (const [role, name, value] of [
    ["textbox", /^Zones/, "3"],
    ["combobox", /^Weight of records/, "exact"],
    ["textbox", /^Log size/, ""],
    ["combobox", /^Full-page images/, ""],
    ["textbox", /^Ends at/, ""],
  ]) {
    await expect(form.getByRole(role, { name }), String(name)).toHaveValue(value);
  }
  const groups = form.getByRole("textbox", { name: /^Protection groups/ });
  await expect(groups).toHaveAccessibleDescription(/each with copies of its own\. \(1 to 1,000; usually 1\)/);
});

test("a mistake on purpose is found out, and the counter-example is told", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(`${site}#v=1&x=insert`);
  await lab.press(lab.button("Sandbox"));
  const form = sandbox(page);
  await form.getByRole("checkbox", { name: /^Quorums that need not meet/ }).check();
  await write(lab, form.getByRole("textbox", { name: /^Write quorum/ }), "3");
  await expect(form.getByText("2 parameters changed.")).toBeVisible();
  await lab.press(form.getByRole("button", { name: "Run with these" }));
  await expect(lab.status).toHaveText("The run insert is loaded.");
  await lab.start();
  await expect(lab.status).toHaveText(/^Violated at event \d+: Whatever was acknowledged is found by every read quorum\.$/);
  await lab.stop();
  await lab.press(lab.invariants.locator("summary"));
  const first = lab.invariants.getByRole("listitem").first();
  await expect(first).toContainText(/Seen first: commit \d+, which 3 copies of a group lack/);
});
