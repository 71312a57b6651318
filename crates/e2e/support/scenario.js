// A scenario of a test's own. The page asks for those that it ships, so what it asks for is changed
// on the way to its worker.

/** From now on the page runs this scenario, whatever it asks for. */
export async function run(page, scenario) {
  await page.addInitScript((text) => {
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (message.command?.source) {
        message.command.source = { text };
      }
      post.call(this, message, ...rest);
    };
  }, scenario);
}
