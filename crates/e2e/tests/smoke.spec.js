import { expect, test } from "../support/fixtures.js";

test("page loads with no message on the console", async ({ page, site }) => {
  await page.goto(site);
  await expect(page).toHaveTitle(/Sixfold/);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});
