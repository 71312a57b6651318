// The user's own WAL files.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

import { expect, test } from "../support/fixtures.js";
import { Lab } from "../support/lab.js";

const FOLDER = fileURLToPath(new URL("../../pgwal/fixtures/tpcb/", import.meta.url));
const NAMES = ["000000010000000000000013", "000000010000000000000014"];

const files = () =>
  NAMES.map((name) => ({
    name,
    mimeType: "application/octet-stream",
    buffer: gunzipSync(readFileSync(`${FOLDER}${name}.gz`)),
  }));

/** The last line of the server's own statistics begins with the number of records. */
function recordsByPostgres() {
  const total = /^Total\s+(\d+)/m.exec(readFileSync(`${FOLDER}stats.txt`, "utf8"));
  return Number(total[1]).toLocaleString("en");
}

test("own WAL files are read, told about and played", async ({ page, site }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  const lab = new Lab(page);
  await lab.open(site);
  const height = () => page.evaluate(() => document.documentElement.scrollHeight);
  const before = await height();
  await lab.chooseFiles(files());
  await expect(page.getByText(`${recordsByPostgres()} with `)).toBeVisible();
  expect(await height(), "only columns scroll").toBe(before);
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Open other files", exact: true }).click();
  await chooser;
  await page.getByRole("button", { name: "Play it", exact: true }).click();
  await lab.commitsGoOn();
});

test("the report says what the log tells, and its figures are those of the server", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await lab.chooseFiles(files());
  await page.getByRole("button", { name: "Read the report", exact: true }).click();
  const report = page.getByRole("dialog", { name: "What the log tells" });
  await expect(report.getByText(`${recordsByPostgres()} with `)).toBeVisible();
  for (const part of ["Over time", "Full-page images", "Transactions", "Checkpoints", "What the log is about"]) {
    await expect(report.getByRole("region", { name: part, exact: true })).toBeVisible();
  }
  // A manager opens its operations, with the count that the server gives.
  await expect(report.getByRole("rowheader", { name: "HOT_UPDATE", exact: true })).toBeHidden();
  await report.getByRole("button", { name: "Heap", exact: true }).press("Enter");
  const row = report.getByRole("row", { name: /^HOT_UPDATE / });
  const updates = /^Heap\/HOT_UPDATE\s+(\d+)/m.exec(readFileSync(`${FOLDER}stats.txt`, "utf8"))[1];
  await expect(row.getByRole("cell").first()).toHaveText(Number(updates).toLocaleString("en"));
  // The keyboard reads a chart.
  const time = report.getByRole("region", { name: "Over time", exact: true });
  const slider = time.getByRole("slider");
  await slider.focus();
  await slider.press("ArrowRight");
  await expect(slider).toHaveAttribute("aria-valuetext", /all WAL: .* MB\/s; images: /);
  await expect(report.getByText(/redo would take at least .* to /)).toBeVisible();
  await expect(report.getByText(/redo records with .* to all 6 copies/)).toBeVisible();
  await expect(report.getByText("Everything stays on your machine.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(report).toBeHidden();
});

test("dropped files are read, too", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  const [{ name, buffer }] = files();
  const transfer = await page.evaluateHandle(
    ({ name, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name));
      return transfer;
    },
    { name, base64: buffer.toString("base64") },
  );
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  await expect(page.getByRole("button", { name: "Play it", exact: true })).toBeVisible();
});

/** A pg_wal as a server has it, on the disk while a test runs. */
async function withFolder(test) {
  const outside = mkdtempSync(join(tmpdir(), "sixfold-"));
  const folder = join(outside, "pg_wal");
  mkdirSync(join(folder, "archive_status"), { recursive: true });
  const [first, last] = files();
  writeFileSync(join(folder, "archive_status", `${first.name}.done`), "");
  writeFileSync(join(folder, first.name), first.buffer);
  cpSync(`${FOLDER}${last.name}.gz`, join(folder, `${last.name}.gz`));
  // Taken over for later use.
  writeFileSync(join(folder, "000000010000000000000016"), first.buffer);
  writeFileSync(join(folder, "notes.txt"), "not to be forgotten\n".repeat(50));
  try {
    await test(folder);
  } finally {
    rmSync(outside, { recursive: true });
  }
}

async function expectFolderRead(page) {
  await expect(page.getByText(`${recordsByPostgres()} with `)).toBeVisible();
  await expect(page.getByText("Passed over 000000010000000000000016, which the server keeps for later use.")).toBeVisible();
  await expect(page.getByText(/Passed over pg_wal\/notes.txt: .* found what looks like text/)).toBeVisible();
  await expect(page.getByText("archive_status")).toHaveCount(0);
}

test("a whole folder is dropped and read as the log that it holds", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await withFolder(async (folder) => {
    const devtools = await page.context().newCDPSession(page);
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"]) {
      await devtools.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
    }
    await expectFolderRead(page);
    await page.getByRole("button", { name: "Play it", exact: true }).click();
    await lab.commitsGoOn();
  });
});

test("a whole folder is chosen", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await withFolder(async (folder) => {
    await page.locator("input[webkitdirectory]").setInputFiles(folder);
    await expectFolderRead(page);
  });
});

test("a file that is no WAL is refused, and the run stays", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  await lab.start();
  await lab.commitsGoOn();
  await lab.stop();
  const event = await lab.event();
  await lab.chooseFiles([
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no log at all\n".repeat(900)) },
  ]);
  const complaint = page.getByRole("alert").getByText("These files could not be read.").locator("..");
  await expect(complaint).toBeInViewport();
  await expect(complaint).toHaveText(/found what looks like text/);
  expect(await lab.event()).toBe(event);
  await lab.start();
  await lab.commitsGoOn();
});

test("a damaged log plays up to the damage, and the page says where that is", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  const [{ name, mimeType, buffer }] = files();
  buffer[buffer.length / 16] ^= 1;
  await lab.chooseFiles([{ name, mimeType, buffer }]);
  const alert = page.getByRole("alert");
  await expect(alert.getByText(new RegExp(`${name}: offset \\d+ \\(LSN \\w+/\\w+\\): expected`))).toBeVisible();
  await page.getByRole("button", { name: "Play it", exact: true }).click();
  await lab.commitsGoOn();
});

test("what reads files is told when it cannot be loaded, and can be tried again", async ({ page, site }) => {
  const lab = new Lab(page);
  await lab.open(site);
  const program = "**/jobs_bg.wasm*";
  await page.route(program, (route) => route.fulfill({ contentType: "application/wasm", body: "no wasm" }));
  await lab.chooseFiles(files());
  await expect(page.getByRole("alert").getByText("What reads these files could not be loaded, or broke off.")).toBeVisible();
  await page.unroute(program);
  await page.getByRole("button", { name: "Try again", exact: true }).click();
  await expect(page.getByRole("button", { name: "Play it", exact: true })).toBeVisible();
  await lab.start();
  await lab.commitsGoOn();
});
