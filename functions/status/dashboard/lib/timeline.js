/** How a job went: one bar a stage, in a table that can be read as well as seen. */

import { now } from "./clock.js";
import { h } from "./dom.js";
import * as format from "./format.js";
import { isOver, labelOf, toneOf } from "./states.js";
import { timeOf } from "./ui.js";

/** The timeline of a job as a panel; until it has ended, the last bar grows to now. */
export function timeline(job) {
  const moments = job.timeline;
  if (!moments.length) return null;
  const from = Date.parse(moments[0].at);
  const to = Math.max(from + 1, isOver(job) ? Date.parse(moments.at(-1).at) : now());
  const share = (ms) => `${(ms / (to - from)) * 100}%`;
  const rows = moments.map((moment, at) => {
    const begin = Date.parse(moment.at);
    const isEnd = isOver(job) && at === moments.length - 1;
    const end = at + 1 < moments.length ? Date.parse(moments[at + 1].at) : to;
    const style = { "inset-inline-start": share(begin - from), "inline-size": isEnd ? "0" : share(end - begin) };
    const isNew = moment.attempt && moment.attempt !== moments[at - 1]?.attempt;
    const row = h(
      "tr",
      { class: isNew && moment.attempt > 1 ? "new-attempt" : null },
      h(
        "th",
        { scope: "row" },
        labelOf(moment.status),
        moments.some((each) => each.attempt > 1) && moment.attempt
          ? h("span", { class: "hint" }, ` ${moment.attempt}`)
          : null,
      ),
      h(
        "td",
        { class: "bar-cell" },
        h(
          "span",
          { class: "bar-track" },
          h("span", {
            class: isEnd ? "bar end" : "bar",
            "data-stage": moment.status,
            "data-tone": toneOf(moment.status),
            style,
          }),
        ),
      ),
      h("td", { class: "number" }, isEnd ? "" : format.duration(end - begin)),
      h("td", { class: "when" }, timeOf(moment.at)),
    );
    return moment.note
      ? [row, h("tr", { class: "note" }, h("td", {}), h("td", { colspan: "3" }, format.words(moment.note)))]
      : row;
  });
  const heads = ["Stage", "Bar", "Took", "Began"].map((text) => h("th", { scope: "col" }, text));
  return h(
    "section",
    { class: "panel" },
    h(
      "div",
      { class: "panel-head" },
      h("h2", {}, "Timeline"),
      h("span", { class: "hint" }, format.duration(to - from), " in all"),
    ),
    h(
      "table",
      { class: "timeline" },
      h("caption", { class: "visually-hidden" }, "Each stage, and how long it took"),
      h("thead", { class: "visually-hidden" }, h("tr", {}, heads)),
      h("tbody", {}, rows),
    ),
  );
}
