// A run that violates an invariant, for the page: the engine is right, so what its worker says is
// changed on the way.

/** From this event on the page is told that the invariant of this place in the list was violated. */
export async function violate(page, { place, event, seen }) {
  await page.addInitScript(
    ({ place, event, seen }) => {
      const listen = Worker.prototype.addEventListener;
      Worker.prototype.addEventListener = function (kind, heard, ...rest) {
        const told = (message) => {
          const frame = message.data?.event?.frame;
          if (frame?.event >= event) {
            Object.assign(frame.invariants[place], { failed: 1, broken: { event, seen } });
          }
          heard(message);
        };
        return listen.call(this, kind, kind === "message" ? told : heard, ...rest);
      };
    },
    { place, event, seen },
  );
}
