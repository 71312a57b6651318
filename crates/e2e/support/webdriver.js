// The little of WebDriver that a walk needs, for the browser that Playwright cannot drive as it is
// installed.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** How long the driver may take to say where it listens. */
const START_MS_MAX = 60_000;

/**
 * Starts a headless Firefox.
 * @param {{ driver: string, browser: string }} programs
 */
export async function startFirefox({ driver, browser }) {
  const child = spawn(driver, ["--port", "0"], { stdio: ["ignore", "pipe", "ignore"] });
  process.once("exit", () => child.kill());
  const port = await portOf(child);
  const call = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const { value } = await response.json();
    if (!response.ok) {
      throw new Error(`${method} ${path}: ${value?.message ?? response.status}`);
    }
    return value;
  };
  const options = { binary: browser, args: ["-headless"] };
  const { sessionId } = await call("POST", "/session", {
    capabilities: { alwaysMatch: { "moz:firefoxOptions": options } },
  });
  const session = `/session/${sessionId}`;
  return {
    open: (url) => call("POST", `${session}/url`, { url }),
    /** Runs the body of a function in the page and returns its result. */
    run: (script, ...args) => call("POST", `${session}/execute/sync`, { script, args }),
    async close() {
      await call("DELETE", session);
      child.kill();
      await once(child, "exit");
    },
  };
}

async function portOf(child) {
  const deadline = AbortSignal.timeout(START_MS_MAX);
  const lines = createInterface({ input: child.stdout, signal: deadline });
  for await (const line of lines) {
    const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port) {
      lines.close();
      child.stdout.resume();
      return port;
    }
  }
  throw new Error("the driver ended, or did not say where it listens");
}
