/** What is left of each limit and budget (GET /v1/limits). */

import { now } from "./clock.js";
import { h } from "./dom.js";
import * as format from "./format.js";

const NAMES = {
  requests_per_minute: "Requests a minute",
  jobs_in_flight: "Jobs at a time",
  images_per_day: "Pictures a day",
  day_micros: "Budget of the day",
  month_micros: "Budget of the month",
};
const TIGHT = 0.85; // of a limit

/** The panel; it says so where nothing is limited. */
export function limits(found) {
  const inside = found.length
    ? h("ul", { role: "list", class: "meters" }, found.map(meter))
    : h(
        "p",
        { class: "hint" },
        "Nothing is limited: no budget is set for you. Whoever runs this deployment can set one, by day or by month, for all, each project or each user.",
      );
  return h("section", { class: "panel" }, h("h2", {}, "Budgets and limits"), inside);
}

function meter({ limit, of, most, used, left, resets_at: resets }) {
  const show = limit.endsWith("_micros") ? format.money : format.number;
  const share = most ? Math.min(1, used / most) : 1;
  const tone = left <= 0 ? "failed" : share >= TIGHT ? "working" : "done";
  const wait = resets && Date.parse(resets) - now();
  const ends = resets
    ? wait > 0
      ? `begins anew in ${format.age(wait)}`
      : "begins anew now"
    : "comes free as jobs end";
  return h(
    "li",
    { class: "meter" },
    h(
      "div",
      { class: "panel-head" },
      h(
        "strong",
        {},
        NAMES[limit] ?? format.words(limit),
        h("span", { class: "hint" }, of === "tenant" ? " of all" : ` of ${of}`),
      ),
      h(
        "span",
        { class: "number" },
        left <= 0 ? h("span", { class: "badge", "data-tone": "failed" }, "used up") : `${show(left)} left`,
      ),
    ),
    h(
      "div",
      {
        class: "meter-bar",
        "data-tone": tone,
        role: "meter",
        "aria-label": `${NAMES[limit] ?? format.words(limit)}, ${of}`,
        "aria-valuemin": "0",
        "aria-valuemax": most,
        "aria-valuenow": Math.min(used, most),
        "aria-valuetext": `${show(used)} of ${show(most)} used`,
      },
      h("span", { style: { "inline-size": `${100 * share}%` } }),
    ),
    h("p", { class: "hint" }, `${show(used)} of ${show(most)} used or reserved · ${ends}`),
  );
}
