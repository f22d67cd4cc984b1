/** How a job went: one bar a stage, in a table that can be read as well as seen. */

import { now } from "./clock.js";
import { h } from "./dom.js";
import * as format from "./format.js";
import { isOver, labelOf, toneOf } from "./states.js";
import { timeOf } from "./ui.js";

/** The timeline of a job as a panel; until it has ended, the last bar grows to now. */
export function timeline(job) {
  if (!job.timeline.length) return null;
  const rounds = roundsOf(job.timeline);
  const heads = ["Stage", "Bar", "Took", "Began"].map((text) => h("th", { scope: "col" }, text));
  const first = Date.parse(job.timeline[0].at);
  const last = isOver(job) ? Date.parse(job.timeline.at(-1).at) : now();
  return h(
    "section",
    { class: "panel" },
    h(
      "div",
      { class: "panel-head" },
      h("h2", {}, "Timeline"),
      h("span", { class: "hint" }, format.duration(last - first), " in all"),
    ),
    h(
      "table",
      { class: "timeline" },
      h("caption", { class: "visually-hidden" }, "Each stage, and how long it took"),
      h("thead", { class: "visually-hidden" }, h("tr", {}, heads)),
      rounds.map((moments, at) => round(job, moments, at && Date.parse(rounds[at - 1].at(-1).at))),
    ),
  );
}

/** A user's retry begins anew: what lies between is nobody's work, and would press all bars to lines. */
function roundsOf(moments) {
  const rounds = [];
  for (const moment of moments) {
    if (rounds.length === 0 || isOver(rounds.at(-1).at(-1))) rounds.push([]);
    rounds.at(-1).push(moment);
  }
  return rounds;
}

function round(job, moments, endedBefore) {
  const from = Date.parse(moments[0].at);
  const isEnded = isOver(moments.at(-1));
  const to = Math.max(from + 1, isEnded ? Date.parse(moments.at(-1).at) : now());
  const attempts = new Set(moments.map((moment) => moment.attempt).filter(Boolean));
  const rows = moments.map((moment, at) => {
    const begin = Date.parse(moment.at);
    const end = at + 1 < moments.length ? Date.parse(moments[at + 1].at) : to;
    const number = attempts.size > 1 && moment.attempt && moment.status !== "queued" ? ` ${moment.attempt}` : "";
    const isEnd = isEnded && at === moments.length - 1;
    return row(moment, {
      number,
      isEnd,
      share: [(begin - from) / (to - from), (end - begin) / (to - from)],
      took: end - begin,
    });
  });
  const later = `Retried ${format.duration(from - endedBefore)} later`;
  const head = h("tr", {}, h("th", { scope: "rowgroup", colspan: "4", class: "round" }, later));
  return h("tbody", {}, endedBefore ? head : null, rows);
}

function row(moment, { number, isEnd, share: [start, length], took }) {
  const style = { "inset-inline-start": `${start * 100}%`, "inline-size": isEnd ? "0" : `${length * 100}%` };
  const look = {
    class: isEnd ? "bar end" : "bar",
    "data-stage": moment.status,
    "data-tone": toneOf(moment.status),
    style,
  };
  const shown = h(
    "tr",
    {},
    h("th", { scope: "row" }, labelOf(moment.status), h("span", { class: "hint" }, number)),
    h("td", { class: "bar-cell" }, h("span", { class: "bar-track" }, h("span", look))),
    h("td", { class: "number" }, isEnd ? "" : format.duration(took)),
    h("td", { class: "when" }, timeOf(moment.at)),
  );
  if (!moment.note) return shown;
  return [shown, h("tr", { class: "note" }, h("td", {}), h("td", { colspan: "3" }, format.words(moment.note)))];
}
