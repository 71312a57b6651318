// The Chromium or Chrome of this machine: no browser is downloaded.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "google-chrome", "google-chrome-stable", "chrome", "chromium-browser"];
const ON_A_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

function find() {
  if (process.env.CHROME) {
    return process.env.CHROME;
  }
  const folders = (process.env.PATH ?? "").split(delimiter);
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [...places, ON_A_MAC].find((place) => existsSync(place));
  if (!found) {
    throw new Error("no Chromium or Chrome on PATH; CHROME may name one");
  }
  return found;
}

/** What Playwright starts, and with which switches: silent towards its maker's hosts. */
export function launchOptions() {
  return {
    executablePath: find(),
    args: ["--disable-background-networking", "--disable-quic", "--disable-sync", "--no-first-run"],
  };
}
