import { defineConfig } from "@playwright/test";

import { launchOptions } from "./support/chromium.js";

export default defineConfig({
  testDir: "tests",
  outputDir: "../../target/e2e",
  forbidOnly: true,
  // A page that does not start fails every test in the same way.
  maxFailures: 5,
  // Two cores, one of which the engine's worker wants.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: "list",
  use: {
    launchOptions: launchOptions(),
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
  },
});
