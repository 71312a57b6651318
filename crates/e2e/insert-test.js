// Runs the insert test in the built site's program for it, in a worker and asked as the page asks, and prints
// how long it took and how much memory the program has, every 100 rows and at the end:
// `node insert-test.js MINUTES`.

import { openBlank } from "./support/engine.js";

const minutes = Number(process.argv[2]);
const { page, close } = await openBlank();
const figures = await page.evaluate(
  (minutes) =>
    new Promise((resolve, reject) => {
      const { worker, ask, ping } = startProgram("jobs");
      const figures = { minutes, rows: 0, memory_bytes: [] };
      let start, last;
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.onmessage = ({ data: { kind, event, bytes } }) => {
        if (bytes !== undefined) {
          figures.memory_bytes.push(bytes);
          if (figures.seconds) resolve(figures);
        } else if (kind === "ready") {
          start = performance.now();
          ask({ job: wire.insertTest({ minutes, boxcar_us: 100, max_wal_bytes: 3e9 }) });
        } else if (kind === "experiment-row") {
          figures.first_row_ms ??= performance.now() - start;
          // The row under way is told again as it grows.
          const from = wire.insertsFrom(event);
          if (from !== undefined && from !== last && figures.rows++ % 100 === 0) ping();
          last = from ?? last;
        } else if (kind === "experiment-done") {
          figures.seconds = (performance.now() - start) / 1e3;
          ping();
        } else if (["panicked", "refused"].includes(kind)) {
          reject(new Error(new TextDecoder().decode(event)));
        }
      };
    }),
  minutes,
);
console.log(JSON.stringify(figures));
await close();
