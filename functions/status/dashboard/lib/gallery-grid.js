/**
 * The gallery's wall: pictures in rows, by the day they were asked for, the newest first; only those in sight are elements.
 *
 * While the reader is down the page, new pictures are held back and counted, so that nothing under the eye moves;
 * pictures of older jobs are added at the end.
 */

import { now } from "./clock.js";
import { h } from "./dom.js";
import * as format from "./format.js";
import { itemsOf } from "./gallery-viewer.js";
import { icon } from "./icons.js";
import { justified } from "./justified.js";
import { altOf, lazily } from "./lazy-picture.js";

const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const DAY_MS = 86_400_000;
const BEYOND_PX = 700; // what is drawn beyond the window's edges
const ABOVE_PX = 90; // of a tile that is stepped to
const dayOf = new WeakMap();

/** The wall; `selection` is lib/selection.js's, `onopen(key)` enlarges. */
export class GalleryGrid {
  #shown = new Map(); // key, or day → element
  #known = new Set(); // keys that are not held back
  #lines = [];
  #frame = null;
  #show;
  #signal;
  items = []; // as shown, in order
  held = 0;

  constructor({ selection, onopen, signal }) {
    this.element = h("div", { class: "wall" });
    this.selection = selection;
    this.onopen = onopen;
    this.#signal = signal;
    this.#show = lazily(signal);
    addEventListener("scroll", () => this.#soon(), { signal, passive: true });
    let width = 0;
    const sized = new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width !== width) this.#arrange();
      width = contentRect.width;
    });
    sized.observe(this.element);
    signal.addEventListener("abort", () => sized.disconnect(), { once: true });
  }

  /**
   * Show the pictures of these jobs.
   * @param {Object[]} jobs in order
   * @param {{hold?: boolean}} [options] `hold`: keep back what would stand before something shown
   */
  draw(jobs, { hold = false } = {}) {
    const wanted = jobs.flatMap(itemsOf);
    const last = wanted.findLastIndex((item) => this.#known.has(item.key));
    this.items = hold ? wanted.filter((item, at) => at > last || this.#known.has(item.key)) : wanted;
    this.held = wanted.length - this.items.length;
    this.#known = new Set(this.items.map((item) => item.key));
    this.#arrange();
  }

  /** Move the focus by so many tiles; from outside, to the first in sight. */
  step(by) {
    const key = document.activeElement?.closest?.(".tile")?.dataset.key;
    const at = this.items.findIndex((item) => item.key === key);
    const first = this.#lines.find((line) => line.tiles && line.top >= this.#top())?.tiles[0].item.key;
    const to = at < 0 ? first : this.items[at + by]?.key;
    if (to) this.focus(to);
  }

  /** Focus the tile of `key`, where it is still there. */
  focus(key) {
    const line = this.#lines.find(({ tiles }) => tiles?.some(({ item }) => item.key === key));
    if (!line) return;
    const [above, below] = [line.top - this.#top(), line.top + line.height - this.#top() - innerHeight];
    if (above < ABOVE_PX) scrollBy(0, above - ABOVE_PX);
    else if (below > -ABOVE_PX) scrollBy(0, below + ABOVE_PX);
    this.#draw();
    this.#shown.get(key)?.querySelector(".tile-open").focus({ preventScroll: true });
  }

  /** Bring the ticks up to date. */
  showSelection() {
    this.element.toggleAttribute("data-selecting", this.selection.size > 0);
    for (const [key, element] of this.#shown) if (element.dataset.key) this.#mark(element, key);
  }

  /** What of the wall is above the window. */
  #top() {
    return -this.element.getBoundingClientRect().top;
  }

  #arrange() {
    const px = getComputedStyle(this.element);
    const size = (name) => parseFloat(px.getPropertyValue(name));
    const days = [];
    for (const item of this.items) {
      const { job } = item;
      if (!dayOf.has(job)) dayOf.set(job, new Date(job.created_at).toDateString());
      if (days.at(-1)?.day !== dayOf.get(job)) days.push({ day: dayOf.get(job), items: [] });
      days.at(-1).items.push(item);
    }
    const width = this.element.clientWidth;
    if (!width) return;
    const sizes = { width, target: size("--height-px"), gap: size("--gap-px"), words: size("--words-px") };
    const { height, lines } = justified(days, { ...sizes, head: size("--head-px") });
    this.#lines = lines;
    this.element.style.blockSize = `${height}px`;
    this.#draw();
  }

  #soon() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      if (!this.#signal.aborted) this.#draw();
    });
  }

  #draw() {
    const from = this.#top() - BEYOND_PX;
    const to = this.#top() + innerHeight + BEYOND_PX;
    const near = ({ top, height }) => top + height > from && top < to;
    const focused = document.activeElement?.closest?.(".tile")?.dataset.key; // keeps the reader's place
    const lines = this.#lines.filter((line) => near(line) || line.tiles?.some(({ item }) => item.key === focused));
    const wanted = lines.flatMap((line) =>
      line.day ? [[line.day, line, null]] : line.tiles.map((tile) => [tile.item.key, line, tile]),
    );
    const names = new Set(wanted.map(([name]) => name));
    for (const [name, element] of this.#shown) {
      if (names.has(name)) continue;
      element.remove();
      this.#shown.delete(name);
    }
    let next = this.element.firstElementChild;
    for (const [name, line, tile] of wanted) {
      const element = this.#shown.get(name) ?? (tile ? this.#tile(tile.item) : dayHead(line));
      this.#shown.set(name, element);
      if (element === next) next = next.nextElementSibling;
      else this.element.insertBefore(element, next); // the order of the document is the reader's
      if (tile) place(element, line, tile);
      else {
        element.style.transform = `translateY(${line.top}px)`;
        element.lastChild.textContent = format.count(line.count, "picture");
      }
    }
  }

  #tile(item) {
    const { job, image } = item;
    const alt = altOf(job, image);
    const frame = h("span", { class: "tile-frame" });
    const open = { class: "tile-open", type: "button", "aria-label": `Enlarge ${alt}` };
    const tick = h("input", {
      type: "checkbox",
      "aria-label": `Select ${alt.slice(0, 60)}`,
      onchange: () => this.selection.toggle(item),
    });
    const element = h(
      "div",
      { class: "tile", dataset: { key: item.key } },
      h("button", { ...open, onclick: () => this.onopen(item.key) }, frame),
      h("label", { class: "tile-tick" }, tick, icon("check")),
      h(
        "div",
        { class: "tile-words" },
        h("a", { class: "tile-prompt", dir: "auto", href: `#/jobs/${job.id}` }, job.prompt.trim().slice(0, 120)),
        h("span", { class: "hint" }, aboutOf(job)),
      ),
    );
    this.#mark(element, item.key);
    this.#show(frame, job, image);
    return element;
  }

  #mark(element, key) {
    const chosen = this.selection.has(key);
    element.toggleAttribute("data-chosen", chosen);
    element.querySelector("input").checked = chosen;
  }
}

function place({ style, firstChild }, line, { left, width, height }) {
  style.transform = `translate(${left}px, ${line.top}px)`;
  style.inlineSize = `${width}px`;
  firstChild.style.blockSize = `${height}px`;
}

function dayHead({ day }) {
  return h("div", { class: "day-head" }, h("h2", {}, dayName(day)), h("span", { class: "hint" }));
}

function aboutOf(job) {
  return [job.project_id, job.scene_id && `scene ${job.scene_id}`].filter(Boolean).join(" · ") || job.model;
}

function dayName(day) {
  const from = new Date(new Date(now()).toDateString()) - new Date(day);
  if (from < DAY_MS / 2) return "Today";
  return from < 1.5 * DAY_MS ? "Yesterday" : DAY.format(new Date(day));
}
