// `test` with the built site behind `site` and a page whose console has to stay empty.

import { expect, test as base } from "@playwright/test";

import { DIST, serve } from "./server.js";

export { expect };

export const test = base.extend({
  /** Address of the site, below a deep path as on a shared host. */
  site: [
    async ({}, use) => {
      const server = await serve(DIST, { prefix: "/a/deep/path/" });
      await use(server.url);
      await server.close();
    },
    { scope: "worker" },
  ],

  /** Everything that went wrong without anyone looking: a test that expects some takes it out. */
  complaints: async ({}, use) => {
    const complaints = [];
    await use(complaints);
    expect(complaints, "nothing is said on the console, nothing fails to load").toEqual([]);
  },

  page: async ({ page, complaints }, use) => {
    page.on("console", (message) => {
      complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
    page.on("requestfailed", (request) => {
      complaints.push(`${request.url()}: ${request.failure()?.errorText}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) {
        complaints.push(`${response.url()}: ${response.status()}`);
      }
    });
    await use(page);
  },
});
