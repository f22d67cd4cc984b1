/** How long jobs took, stage by stage: half of them took no longer than p50, nineteen in twenty than p95. */

import { h } from "./dom.js";
import * as format from "./format.js";

const STAGES = [
  ["queued", "Waiting in line"],
  ["generating", "Generating"],
  ["uploading", "Saving"],
  ["total", "From ask to end"],
];

/** The panel; says so where nothing was completed. */
export function stageTimes(stats) {
  const most = Math.max(1, ...STAGES.map(([name]) => stats[name].p95_ms ?? 0));
  const inside =
    stats.total.p50_ms === null ? h("p", { class: "hint" }, "No job was completed in this time.") : table(stats, most);
  return h("section", { class: "panel" }, h("h2", {}, "Where the time goes"), inside);
}

function table(stats, most) {
  const rows = STAGES.map(([name, label]) => {
    const { p50_ms: half, p95_ms: slow } = stats[name];
    const share = (ms) => `${(100 * (ms ?? 0)) / most}%`;
    return h(
      "tr",
      { class: name === "total" ? "stage-total" : null },
      h(
        "th",
        { scope: "row" },
        label,
        h("span", {
          class: "stage-bar",
          "aria-hidden": "true",
          style: { "--half": share(half), "--slow": share(slow) },
        }),
      ),
      h("td", { class: "number" }, format.duration(half)),
      h("td", { class: "number" }, format.duration(slow)),
    );
  });
  return h(
    "table",
    { class: "breakdown stage-times" },
    h("caption", { class: "visually-hidden" }, "Durations of completed jobs, by stage"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, "Stage")),
        h("th", { scope: "col", class: "number" }, h("span", { class: "key-half" }, "p50")),
        h("th", { scope: "col", class: "number" }, h("span", { class: "key-slow" }, "p95")),
      ),
    ),
    h("tbody", {}, rows),
  );
}

/** Why jobs failed, as bars: `by` is {what: count}. */
export function failures(title, by) {
  const sorted = Object.entries(by).sort(([, a], [, b]) => b - a);
  const most = Math.max(1, ...sorted.map(([, count]) => count));
  const rows = sorted.map(([what, count]) =>
    h(
      "tr",
      {},
      h(
        "th",
        { scope: "row" },
        h("span", { class: "breakdown-name" }, format.words(what)),
        h("span", { class: "breakdown-bar", "data-tone": "failed", style: { "--share": `${(100 * count) / most}%` } }),
      ),
      h("td", { class: "number" }, format.number(count)),
    ),
  );
  return h(
    "section",
    { class: "panel" },
    h("h2", {}, title),
    rows.length
      ? h("table", { class: "breakdown" }, h("caption", { class: "visually-hidden" }, title), h("tbody", {}, rows))
      : h("p", { class: "hint" }, "Nothing failed in this time."),
  );
}
