/** What was spent by project, model or kind: a table with bars, the most first; a row narrows the view to it. */

import { h } from "./dom.js";
import * as format from "./format.js";
import { spentText } from "./spent.js";

const MOST = 12; // rows that are shown unasked

/**
 * @param {string} title
 * @param {Object[]} groups of GET /v1/usage
 * @param {{field: string, none: string, total: number, tone: number, href: (value: string) => string|null}} options
 *   `none`: what those without a value are called; `tone`: which of the plot's colours
 */
export function breakdown(title, groups, { field, none, total, tone, href }) {
  const sorted = groups.toSorted((a, b) => b.micros - a.micros || b.unknown_calls - a.unknown_calls || b.jobs - a.jobs);
  const most = Math.max(1, ...sorted.map((group) => group.micros));
  const body = h("tbody", {}, sorted.slice(0, MOST).map(row));
  const rest = sorted.length - MOST;
  const more =
    rest > 0 &&
    h(
      "button",
      {
        class: "link-button",
        type: "button",
        onclick: () => {
          body.append(...sorted.slice(MOST).map(row));
          more.remove();
        },
      },
      `Show ${format.number(rest)} more`,
    );

  function row(group) {
    const value = group[field];
    const isNone = value === null || (field === "model" && value === "none"); // a storyboard asks no model for pictures
    const name = isNone ? none : field === "job_type" ? format.words(value) : value; // the others are names
    const to = value === null ? null : href(value);
    const label = to ? h("a", { href: to, title: "Only this" }, name) : name;
    return h(
      "tr",
      {},
      h(
        "th",
        { scope: "row" },
        h("span", { class: "breakdown-name" }, label),
        h("span", {
          class: "breakdown-bar",
          "data-tone": tone,
          style: { "--share": `${(100 * group.micros) / most}%` },
        }),
      ),
      h(
        "td",
        { class: "number" },
        spentText(group),
        h("span", { class: "hint" }, total && group.micros ? format.percent(group.micros / total) : ""),
      ),
      h(
        "td",
        { class: "number breakdown-images" },
        format.number(group.images),
        h("span", { class: "hint" }, format.count(group.jobs, "job")),
      ),
    );
  }

  return h(
    "section",
    { class: "panel" },
    h(
      "table",
      { class: "breakdown" },
      h("caption", {}, h("h2", {}, title)),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, title)),
          h("th", { scope: "col", class: "number" }, "Spent"),
          h("th", { scope: "col", class: "number breakdown-images" }, "Pictures"),
        ),
      ),
      body,
    ),
    more,
  );
}
