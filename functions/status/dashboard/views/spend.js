/** Spend: by day, project, model and kind, and what is left of budgets. */

import { api } from "../lib/api.js";
import { breakdown } from "../lib/breakdown.js";
import { dayPlot, daysOf } from "../lib/day-plot.js";
import { h, replace } from "../lib/dom.js";
import * as format from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { limits } from "../lib/limits.js";
import { known, periodPicker, windowOf } from "../lib/period.js";
import { setQuery } from "../lib/router.js";
import { roughly } from "../lib/spent.js";
import { isOver } from "../lib/states.js";
import { button, empty, errorPanel, pageHead, skeleton, stat } from "../lib/ui.js";

const NARROW = { project_id: "Project", model: "Model", job_type: "Kind" }; // the API takes one of them
const SETTLE_MS = 4000; // after a job's end, until it is in the books

/** Show the spend. */
export async function show(root, { query, signal, store, live }) {
  const filter = { period: known(query.get("period")), from: query.get("from") ?? "", to: query.get("to") ?? "" };
  const narrowed = Object.keys(NARROW).find((name) => query.get(name));
  if (narrowed) filter[narrowed] = query.get(narrowed);
  const body = h("div", { class: "stack", "aria-busy": "true" }, skeleton("7rem"), skeleton("18rem"));
  const picker = periodPicker(filter, (changed) => {
    Object.assign(filter, changed);
    setQuery(filter);
    load();
  });
  root.append(pageHead("Spend", { lede: "What jobs that have ended cost. Days are days in UTC." }), picker, body);
  if (narrowed) picker.append(only(narrowed, filter));

  let asked = 0;
  async function load() {
    const mine = (asked += 1);
    const query = { ...windowOf(filter), ...(narrowed ? { [narrowed]: filter[narrowed] } : {}) };
    body.setAttribute("aria-busy", "true");
    try {
      const usage = (by) => api.get("/v1/usage", { query: { ...query, group_by: by }, signal });
      const [left, byDay, ...others] = await Promise.all([
        api.get("/v1/limits", { query: { project_id: filter.project_id }, signal }),
        usage("day"),
        ...Object.keys(NARROW).map(usage),
      ]);
      if (mine === asked) draw(byDay, others, left.limits);
    } catch (error) {
      if (!signal.aborted && mine === asked) replace(body, errorPanel(error, load));
    } finally {
      if (mine === asked) body.removeAttribute("aria-busy");
    }
  }

  function draw(byDay, [byProject, byModel, byKind], left) {
    const { total } = byDay;
    if (!total.jobs) return replace(body, nothing(narrowed), limits(left));
    const open = body.querySelector(".plot-table")?.open ?? false;
    const of = (title, usage, field, none, tone) =>
      breakdown(title, usage.groups, {
        field,
        none,
        tone,
        total: total.micros,
        href: (value) => address(filter, field, value),
      });
    replace(
      body,
      h(
        "div",
        { class: "stats" },
        stat("Spent", total.micros || !total.unknown_calls ? roughly(total.micros) : "unknown", unknown(total)),
        stat(
          "Pictures",
          format.number(total.images),
          total.images && total.micros ? `${format.money(Math.round(total.micros / total.images))} each` : null,
        ),
        stat("Jobs", format.number(total.jobs), `${format.count(total.calls, "paid call")}`),
      ),
      h("section", { class: "panel" }, h("h2", {}, "By day"), dayPlot(daysOf(byDay), signal)),
      h(
        "div",
        { class: "side-by-side" },
        of("By project", byProject, "project_id", "No project", 1),
        of("By model", byModel, "model", "No model", 3),
        of("By kind", byKind, "job_type", "No kind", 4),
        limits(left),
      ),
    );
    body.querySelector(".plot-table").open = open;
  }

  let timer = null;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  store.subscribe((changed) => {
    if (timer || ![...changed].some((id) => store.get(id) && isOver(store.get(id)))) return;
    timer = setTimeout(() => {
      timer = null;
      if (!body.contains(document.activeElement)) load();
    }, SETTLE_MS);
  }, signal);
  live.addEventListener("fresh", load, { signal });
  await load();
}

function unknown(total) {
  if (!total.unknown_calls) return null;
  return `and ${format.count(total.unknown_calls, "call")} of unknown price: ${total.micros ? "counted at the estimate where there is one" : "no estimate either"}`;
}

/** The view narrowed to one value. */
function address(filter, field, value) {
  const { period, from, to } = filter;
  const given = Object.entries({ period, from, to, [field]: value }).filter(([, each]) => each);
  return `#/spend?${new URLSearchParams(given)}`;
}

function only(name, filter) {
  const { href } = new URL(address(filter, name, ""), location.href);
  return h(
    "a",
    { class: "button narrowed", href },
    h("span", {}, `${NARROW[name]}: ${format.words(filter[name])}`),
    icon("close"),
    h("span", { class: "visually-hidden" }, "Show all again"),
  );
}

function nothing(narrowed) {
  const actions = [
    narrowed
      ? button("Show all", { href: "#/spend" })
      : button("Make a picture", { href: "#/new", kind: "primary", iconName: "plus" }),
  ];
  return empty("Nothing was spent", "No job ended in this time. Choose a longer period, or ask for a picture.", {
    iconName: "spend",
    actions,
  });
}
