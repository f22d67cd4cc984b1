/** How many of a batch's or a storyboard's jobs are where: one bar, and the same in words. */

import { h } from "./dom.js";
import * as format from "./format.js";
import { labelOf, toneOf } from "./states.js";

const ORDER = ["completed", "failed", "canceled", "uploading", "generating", "processing", "queued"];
const WORKING = ["processing", "generating", "uploading"];

/**
 * The bar and its words.
 * @param {Object<string, number>} counts by status
 * @param {{total?: number}} [options] where more are to come than are counted yet
 */
export function countsBar(counts, { total = 0 } = {}) {
  const all = Math.max(
    1,
    total,
    ORDER.reduce((sum, status) => sum + (counts[status] ?? 0), 0),
  );
  const parts = ORDER.filter((status) => counts[status]).map((status) =>
    h("span", {
      class: "counts-part",
      "data-tone": toneOf(status),
      style: { "inline-size": `${(100 * counts[status]) / all}%` },
    }),
  );
  return h(
    "div",
    { class: "counts" },
    h("div", { class: "counts-bar", "aria-hidden": "true" }, parts),
    h("p", { class: "counts-words" }, wordsOf(counts)),
  );
}

function wordsOf(counts) {
  const working = WORKING.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  const told = [
    ["done", counts.completed, labelOf("completed").toLowerCase()],
    ["failed", counts.failed, labelOf("failed").toLowerCase()],
    ["stopped", counts.canceled, labelOf("canceled").toLowerCase()],
    ["working", working, "being made"],
    ["waiting", counts.queued, "waiting"],
  ];
  return told
    .filter(([, count]) => count)
    .map(([tone, count, word]) => h("span", { class: "badge", "data-tone": tone }, `${format.number(count)} ${word}`));
}
