// The lab by the keyboard alone.

import { expect } from "./fixtures.js";
import { Lab } from "./lab.js";

/** More stops than any page here has. */
const TABS_MAX = 200;

/** The lab as someone meets it who has no pointer: every way to a control is Tab. */
export class KeyboardLab extends Lab {
  /** Moves the focus on until it is on the control that a locator finds. */
  async tabTo(control) {
    for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
      await this.page.keyboard.press("Tab");
      const there = await control.evaluateAll((found) => found.includes(document.activeElement));
      if (there) {
        return;
      }
    }
    throw new Error(`Tab never comes to ${control}`);
  }

  async press(control) {
    await this.tabTo(control);
    await this.page.keyboard.press("Enter");
  }

  async act(spot, what) {
    await this.press(this.spot(spot));
    const item = this.page.getByRole("menuitem", { name: what });
    await expect(this.page.getByRole("menuitem").first()).toBeFocused();
    while (!(await item.evaluate((element) => element === document.activeElement))) {
      await this.page.keyboard.press("ArrowDown");
    }
    await this.page.keyboard.press("Enter");
    await expect(this.spot(spot), "the focus comes back to what the menu was about").toBeFocused();
  }
}
