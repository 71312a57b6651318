// The program of the command line.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs it, and gives what it prints. */
export async function sixfold(...words) {
  const { stdout } = await promisify(execFile)("cargo", ["run", "--quiet", "--package", "cli", "--", ...words], {
    cwd: new URL("../../..", import.meta.url),
  });
  return stdout;
}
