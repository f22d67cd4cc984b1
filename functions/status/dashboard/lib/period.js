/** A stretch of days in UTC, as the books are kept: one of some usual ones, or from one day to another. */

import { now } from "./clock.js";
import { h } from "./dom.js";
import { choice, field } from "./ui.js";

const DAY_MS = 86_400_000;
const USUAL = [
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
  ["month", "Month"],
  ["own", "Own"],
];

/** `from` and `to` of a period {period, from, to}, as days; `to` is null for now. */
export function windowOf({ period, from, to }) {
  const today = day(now());
  if (period === "own") return { from: from || today, to: to || null };
  if (period === "month") return { from: `${today.slice(0, 8)}01`, to: null };
  return { from: day(now() - (Number(period) - 1) * DAY_MS), to: null };
}

/** Its name is one that there is; else the usual one. */
export function known(period) {
  return USUAL.some(([name]) => name === period) ? period : "30";
}

/**
 * The choice of a period; `onchange({period, from, to})`.
 * @param {{period: string, from: string, to: string}} filter as it is at first
 */
export function periodPicker(filter, onchange) {
  const today = day(now());
  const from = h("input", { type: "date", max: today, value: filter.from, onchange: own });
  const to = h("input", { type: "date", max: today, value: filter.to, onchange: own });
  const dates = h("div", { class: "period-own" }, field("From", from), field("To", to));
  dates.hidden = filter.period !== "own";
  const tabs = choice("Period", USUAL, filter.period, (period) => {
    dates.hidden = period !== "own";
    if (period === "own") {
      from.value ||= windowOf(filter).from;
      to.value ||= today;
      own();
    } else onchange({ period, from: "", to: "" });
  });

  function own() {
    to.min = from.value;
    const wrong = from.value && to.value && from.value > to.value;
    to.setCustomValidity(wrong ? "The end is before the beginning." : "");
    if (wrong) to.reportValidity();
    else if (from.value) onchange({ period: "own", from: from.value, to: to.value });
  }

  return h("div", { class: "filters period" }, tabs, dates);
}

function day(ms) {
  return new Date(ms).toISOString().slice(0, 10);
}
