// The lab by the keyboard alone.

import { expect } from "./fixtures.js";
import { Lab } from "./lab.js";

/** More stops than any page here has. */
const TABS_MAX = 200;

/** The lab as someone meets it who has no pointer: every way to a control is Tab. */
export class KeyboardLab extends Lab {
  /** Moves the focus on until it is on the control that a locator finds, if it is not there. */
  async tabTo(control) {
    for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
      const there = await control.evaluateAll((found) => found.includes(document.activeElement));
      if (there) {
        return;
      }
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`Tab never comes to ${control}`);
  }

  async press(control) {
    await this.tabTo(control);
    await this.page.keyboard.press("Enter");
  }

  async choose(spot, what) {
    await this.press(this.spot(spot));
    await this.enter(what);
  }

  /** Moves through the menu that is open, and chooses. */
  async enter(what) {
    const item = this.page.getByRole("menuitem", { name: what });
    await expect(this.page.getByRole("menuitem").first()).toBeFocused();
    while (!(await item.evaluate((element) => element === document.activeElement))) {
      await this.page.keyboard.press("ArrowDown");
    }
    await this.page.keyboard.press("Enter");
  }

  async act(spot, what) {
    await this.choose(spot, what);
    await expect(this.spot(spot), "the focus comes back to what the menu was about").toBeFocused();
  }

  /** The pages of a volume are one stop of Tab. */
  async write(volume, page) {
    const pages = this.page.getByRole("group", { name: `Pages of ${volume}` });
    await this.tabTo(pages.getByRole("button"));
    await this.page.keyboard.press("Home");
    for (let n = 0; n < page; n += 1) {
      await this.page.keyboard.press("ArrowRight");
    }
    await expect(this.spot(`Page ${page} of ${volume}`)).toBeFocused();
    await this.page.keyboard.press("Enter");
    await this.enter(`Write to page ${page} of ${volume}`);
    await expect(this.spot(`Page ${page} of ${volume}`)).toBeFocused();
  }
}
