// The lab as a user meets it: by role and name, never by class.

import { expect } from "./fixtures.js";

/** Everything that tests do on the page, by pointer. */
export class Lab {
  constructor(page) {
    this.page = page;
    this.play = page.getByRole("button", { name: "Play", exact: true });
    this.pause = page.getByRole("button", { name: "Pause", exact: true });
    this.banner = page.getByText("Commits have stopped.");
    this.status = page.getByRole("status");
    this.restoring = page.getByRole("button", { name: "Restore to here", exact: true });
    this.timeline = page.getByRole("slider", { name: "Place in the run" });
    this.transport = page.getByRole("group", { name: "Playback" });
    this.volumes = page.getByRole("region", { name: "Volumes and the pages that they share" });
    this.servers = page.getByRole("region", { name: "The conventional engine" });
    this.compared = page.getByRole("region", { name: "Both engines, one workload" });
    this.invariants = page.getByRole("region", { name: "What must always hold" });
    this.overTime = page.getByRole("region", { name: "The run over time", exact: true });
    this.stage = page.getByRole("group", { name: /^Stage\. / });
  }

  /** Opens the site and waits for the engine and for the last part of the page. */
  async open(site) {
    await this.page.goto(site);
    await expect(this.play).toBeEnabled();
    await expect(this.overTime).toBeAttached();
  }

  async press(control) {
    await control.click();
  }

  async start() {
    await this.press(this.play);
    await expect(this.pause).toBeVisible();
  }

  async stop() {
    await this.press(this.pause);
    await expect(this.play).toBeVisible();
  }

  /** One event on or back. */
  async step(by) {
    await this.press(this.button(by > 0 ? "One event on" : "One event back"));
  }

  async reset() {
    await this.press(this.button("Start again, with nothing done"));
    await expect.poll(() => this.event()).toBe(0);
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  spot(name) {
    return this.page.getByRole("button", { name: new RegExp(`^${name}, `) });
  }

  /** Chooses something from the menu of a spot. */
  async choose(spot, what) {
    await this.spot(spot).click();
    await this.page.getByRole("menuitem", { name: what }).click();
  }

  /** Does something to a node, a zone or a volume by its menu. */
  async act(spot, what) {
    await this.choose(spot, what);
  }

  /** Writes to a page of a volume. */
  async write(volume, page) {
    await this.choose(`Page ${page} of ${volume}`, `Write to page ${page} of ${volume}`);
  }

  /** Chooses a run by its name on the page and in its file. */
  async load(title, name) {
    await this.page.getByRole("combobox", { name: "Run" }).selectOption(title);
    await expect(this.status).toHaveText(`The run ${name} is loaded.`);
  }

  /** Plays until a screen reader is told this. */
  async playUntil(said) {
    await this.start();
    await expect(this.status).toHaveText(said, { timeout: 60_000 });
    await this.stop();
  }

  /** Chooses how fast model time passes. */
  async speed(name) {
    await this.page.getByRole("combobox", { name: "Speed" }).selectOption(name);
  }

  async chooseFiles(files) {
    await this.page.locator("input[type=file]:not([webkitdirectory])").setInputFiles(files);
  }

  /** A figure of the page by its name, as a number. */
  async figure(name) {
    const figures = this.page.getByRole("region", { name: "Figures" });
    const entry = figures.locator("div", { has: this.page.getByText(name, { exact: true }) });
    const text = await entry.locator("dd").innerText();
    return Number(text.replaceAll(",", ""));
  }

  commits() {
    return this.figure("commits");
  }

  /** Waits until more commits are acknowledged than there are now. */
  async commitsGoOn() {
    const before = await this.commits();
    await expect.poll(() => this.commits()).toBeGreaterThan(before);
  }

  /** Watches for a while in which no commit may be acknowledged. */
  async commitsStandStill() {
    const before = await this.commits();
    await this.page.waitForTimeout(1500);
    expect(await this.commits()).toBe(before);
  }

  /** Where the run stands: the number of its last event. */
  async event() {
    const text = await this.page.getByText(/^event [\d,]+$/).innerText();
    return Number(text.replace("event ", "").replaceAll(",", ""));
  }

  /** Runs to the end and gives the number of commits acknowledged. */
  async runToEnd() {
    await this.press(this.button("Run to the end"));
    const said = /^The run has ended\. ([\d,]+) commits? acknowledged\.$/;
    // What is said next may come at once, so the text is read once.
    let commits;
    const heard = async () => {
      commits = said.exec(await this.status.innerText())?.[1];
      return commits !== undefined;
    };
    await expect.poll(heard, { timeout: 60_000 }).toBe(true);
    return Number(commits.replaceAll(",", ""));
  }

  /** What the event list tells, newest first. */
  async told() {
    const list = this.page.getByRole("list", { name: "What happened" });
    return (await list.getByRole("listitem").allInnerTexts()).join("\n");
  }

  /** Kills the engine from the help, and gives what the page says leads to this moment again. */
  async breakOnPurpose() {
    await this.press(this.button("Help"));
    await this.press(this.page.getByText("When the engine breaks"));
    await this.press(this.button("Stop the engine on purpose"));
    await expect(this.page.getByRole("heading", { name: /^The engine / })).toBeVisible();
    await this.press(this.page.getByText("How to get here again"));
    return this.page.getByText(/#v=1&/).innerText();
  }

  /** A new engine at the moment where the old one broke. */
  async restart() {
    await this.press(this.button("Restart at this moment"));
    await expect(this.play).toBeEnabled();
    await expect(this.page.getByRole("heading", { name: /^The engine / })).toBeHidden();
  }
}
