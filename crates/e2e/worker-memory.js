// How much memory the engine has while the run that the page shows first is played over and over, as one
// line of JSON: `node worker-memory.js MINUTES`.
//
// A page that is left open asks for a frame sixty times a second. An hour of that is 216,000 frames; here
// they are asked for one after the other, as fast as they come. A run that has ended begins again, as it
// does in the page.

import { openBlank } from "./support/engine.js";

const minutes = Number(process.argv[2]);
const { page, close } = await openBlank();
const figures = await page.evaluate(
  (minutes) =>
    new Promise((resolve, reject) => {
      const FRAMES = minutes * 3600;
      /** What a sixtieth of a second shows at the usual speed: 2 ms of model time in a second. */
      const TICK_NS = Math.round(2e6 / 60);
      const { worker, ask, ping } = startProgram("worker");
      const figures = { minutes, frames: 0, runs: 1, events: 0, memory_bytes: [] };
      const start = performance.now();
      let request = 0;
      let before = 0;
      const tick = () => ask({ command: wire.tick(++request, TICK_NS) });
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.onmessage = ({ data: { kind, event, bytes } }) => {
        if (bytes !== undefined) {
          figures.memory_bytes.push(bytes);
          if (figures.frames >= FRAMES) {
            figures.seconds = (performance.now() - start) / 1e3;
            resolve(figures);
          }
        } else if (kind === "ready") {
          ask({ command: wire.load(++request, "first-light") });
        } else if (kind === "frame") {
          const frame = wire.frame(event);
          figures.frames += 1;
          figures.events += Math.max(0, frame.event - before);
          before = frame.event;
          if (figures.frames % Math.ceil(FRAMES / 10) === 0 || figures.frames === FRAMES) ping();
          if (figures.frames === FRAMES) return;
          if (frame.ended) {
            figures.runs += 1;
            ask({ command: wire.toTheBeginning(++request) });
          } else {
            tick();
          }
        } else if (["panicked", "refused"].includes(kind)) {
          reject(new Error(new TextDecoder().decode(event)));
        }
      };
    }),
  minutes,
);
console.log(JSON.stringify(figures));
await close();
