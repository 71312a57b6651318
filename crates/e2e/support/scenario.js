// A scenario of a test's own. The page asks for those that it ships, so what it asks for is changed
// on the way to its worker.

import { WIRE } from "./engine.js";

/** From now on the page runs this scenario, whatever it asks for. */
export async function run(page, scenario) {
  await page.addInitScript({ path: WIRE });
  await page.addInitScript((text) => {
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (message.command) message.command = wire.withScenario(message.command, text);
      post.call(this, message, ...rest);
    };
  }, scenario);
}
