/**
 * The gallery's wall: pictures in rows of one height, by the day they were asked for, the newest first.
 *
 * While the reader is down the page, new pictures are held back and counted, so that nothing under the eye moves;
 * pictures of older jobs are added at the end.
 */

import { now } from "./clock.js";
import { h, setText } from "./dom.js";
import * as format from "./format.js";
import { icon } from "./icons.js";
import { altOf, lazily } from "./lazy-picture.js";

const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const DAY_MS = 86_400_000;

/** The pictures of a job, as {key, job, image}. */
export function itemsOf(job) {
  return job.images.map((image) => ({ key: `${job.id}/${image.index}`, job, image }));
}

/** The wall; `selection` is lib/selection.js's, `onopen(key)` enlarges. */
export class GalleryGrid {
  #tiles = new Map(); // key → {element, item}
  #days = new Map(); // day → {element, wall, count}
  #show;
  items = []; // as shown, in order
  held = 0;

  constructor({ selection, onopen, signal }) {
    this.element = h("div", { class: "gallery" });
    this.selection = selection;
    this.onopen = onopen;
    this.#show = lazily(signal);
  }

  /**
   * Show the pictures of these jobs.
   * @param {Object[]} jobs in order
   * @param {{hold?: boolean}} [options] `hold`: keep back what would stand before something shown
   */
  draw(jobs, { hold = false } = {}) {
    const wanted = jobs.flatMap(itemsOf);
    const last = wanted.findLastIndex((item) => this.#tiles.has(item.key));
    const shown = hold ? wanted.filter((item, at) => at > last || this.#tiles.has(item.key)) : wanted;
    this.held = wanted.length - shown.length;
    this.items = shown;
    const keys = new Set(shown.map((item) => item.key));
    for (const [key, tile] of this.#tiles) {
      if (keys.has(key)) continue;
      tile.element.remove();
      this.#tiles.delete(key);
    }
    this.#place(shown);
  }

  /** Move the focus by so many tiles. */
  step(by) {
    const tiles = [...this.element.querySelectorAll(".tile-open")];
    const at = tiles.indexOf(document.activeElement);
    tiles.at(at < 0 ? 0 : Math.min(tiles.length - 1, Math.max(0, at + by)))?.focus();
  }

  /** Focus the tile of `key`, where it is still there. */
  focus(key) {
    this.#tiles.get(key)?.element.querySelector(".tile-open").focus();
  }

  /** Bring the ticks up to date. */
  showSelection() {
    this.element.toggleAttribute("data-selecting", this.selection.size > 0);
    for (const [key, { element }] of this.#tiles) {
      const chosen = this.selection.has(key);
      element.toggleAttribute("data-chosen", chosen);
      element.querySelector("input").checked = chosen;
    }
  }

  #place(items) {
    const byDay = new Map();
    for (const item of items) {
      const day = new Date(item.job.created_at).toDateString();
      if (!byDay.has(day)) byDay.set(day, []);
      byDay.get(day).push(item);
    }
    for (const [day, group] of this.#days) {
      if (byDay.has(day)) continue;
      group.element.remove();
      this.#days.delete(day);
    }
    let before = this.element.firstElementChild;
    for (const [day, own] of byDay) {
      const group = this.#days.get(day) ?? this.#day(day);
      if (group.element === before) before = before.nextElementSibling;
      else this.element.insertBefore(group.element, before);
      setText(group.count, format.count(own.length, "picture"));
      let next = group.wall.firstElementChild;
      for (const item of own) {
        const { element } = this.#tile(item);
        if (element === next) next = next.nextElementSibling;
        else group.wall.insertBefore(element, next);
      }
    }
  }

  #day(day) {
    const count = h("span", { class: "hint" });
    const wall = h("ul", { role: "list", class: "wall" });
    const head = h("div", { class: "day-head" }, h("h2", {}, dayName(day)), count);
    const group = { element: h("section", { class: "day" }, head, wall), wall, count };
    this.#days.set(day, group);
    return group;
  }

  #tile(item) {
    const known = this.#tiles.get(item.key);
    if (known) return Object.assign(known, { item });
    const { job, image } = item;
    const frame = h("span", { class: "tile-frame", style: { "aspect-ratio": `${image.width} / ${image.height}` } });
    const open = h("button", { class: "tile-open", type: "button", onclick: () => this.onopen(item.key) }, frame);
    open.ariaLabel = `Enlarge ${altOf(job, image)}`;
    const tick = h("input", {
      type: "checkbox",
      "aria-label": `Select ${altOf(job, image).slice(0, 60)}`,
      onchange: () => this.selection.toggle(this.#tiles.get(item.key).item),
    });
    const element = h(
      "li",
      { class: "tile", dataset: { key: item.key }, style: { "--ratio": image.width / image.height } },
      open,
      h("label", { class: "tile-tick" }, tick, icon("check")),
      h(
        "div",
        { class: "tile-words" },
        h("a", { class: "tile-prompt", dir: "auto", href: `#/jobs/${job.id}` }, job.prompt.trim().slice(0, 120)),
        h("span", { class: "hint" }, aboutOf(job)),
      ),
    );
    tick.checked = this.selection.has(item.key);
    element.toggleAttribute("data-chosen", tick.checked);
    const tile = { element, item };
    this.#tiles.set(item.key, tile);
    this.#show(frame, job, image);
    return tile;
  }
}

function aboutOf(job) {
  return [job.project_id, job.scene_id && `scene ${job.scene_id}`].filter(Boolean).join(" · ") || job.model;
}

function dayName(day) {
  const from = new Date(new Date(now()).toDateString()) - new Date(day);
  if (from < DAY_MS / 2) return "Today";
  return from < 1.5 * DAY_MS ? "Yesterday" : DAY.format(new Date(day));
}
