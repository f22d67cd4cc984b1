/** The pictures that are picked, and the tray that says what can be done with them. */

import { compare } from "./compare.js";
import { h, replace } from "./dom.js";
import * as format from "./format.js";
import { savePictures } from "./save.js";
import { button } from "./ui.js";

const FEWEST = 2;
const MOST = 4; // side by side

/** Picked pictures, by key, in the order they were picked. */
export class Selection {
  #items = new Map();

  /**
   * @param {() => void} onchange
   * @param {AbortSignal} signal of the view: its downloads end with it
   */
  constructor(onchange, signal) {
    this.onchange = onchange;
    this.signal = signal;
    this.tray = h("div", { class: "tray", role: "region", "aria-label": "Selected pictures", hidden: true });
  }

  get size() {
    return this.#items.size;
  }

  has(key) {
    return this.#items.has(key);
  }

  /** Pick or drop a picture. */
  toggle(item) {
    if (!this.#items.delete(item.key)) this.#items.set(item.key, item);
    this.#tell();
  }

  /** Drop the pictures of a job that is gone. */
  dropJob(id) {
    let dropped = false;
    for (const [key, { job }] of this.#items) if (job.id === id) dropped = this.#items.delete(key);
    if (dropped) this.#tell();
  }

  clear() {
    this.#items.clear();
    this.#tell();
  }

  #tell() {
    const items = [...this.#items.values()];
    this.tray.hidden = items.length === 0;
    const few = items.length < FEWEST;
    const many = items.length > MOST;
    const side = button("Compare", {
      iconName: "boards",
      kind: "primary",
      onclick: () => compare(items),
      props: { disabled: few || many },
    });
    replace(
      this.tray,
      h(
        "span",
        { role: "status" },
        h("strong", {}, format.count(items.length, "picture")),
        h("span", { class: "hint" }, few ? " pick another to compare" : many ? ` compare takes ${MOST}` : ""),
      ),
      h(
        "span",
        { class: "actions" },
        side,
        button("Download", { iconName: "download", onclick: () => savePictures(items, this.signal) }),
        button("Clear the selection", {
          iconName: "close",
          kind: "quiet",
          iconOnly: true,
          onclick: () => this.clear(),
        }),
      ),
    );
    this.onchange();
  }
}
