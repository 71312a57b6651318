// A run that violates an invariant, for the page: the engine is right, so what its worker says is
// changed on the way.

import { WIRE } from "./engine.js";

/** From this event on the page is told that the invariant of this place in the list was violated. */
export async function violate(page, { place, event, seen }) {
  await page.addInitScript({ path: WIRE });
  await page.addInitScript(
    ({ place, event, seen }) => {
      const listen = Worker.prototype.addEventListener;
      Worker.prototype.addEventListener = function (kind, heard, ...rest) {
        const told = ({ data }) => {
          const late = data.kind === "frame" && wire.frame(data.event).event >= event;
          const bytes = late ? wire.withViolation(data.event, place, { event, seen }) : data.event;
          heard(new MessageEvent("message", { data: { ...data, event: bytes } }));
        };
        return listen.call(this, kind, kind === "message" ? told : heard, ...rest);
      };
    },
    { place, event, seen },
  );
}
