/** What wants somebody's attention now, the worst first; or that nothing does. */

import { h, replace } from "./dom.js";
import * as format from "./format.js";
import { icon } from "./icons.js";
import { ending, SOON_DAYS } from "./sunsets.js";

const LOW_RATE = 0.9;
const FEW = 5; // ended jobs, below which a rate says nothing
const SKEW_MS = 30_000;
const MOST_NAMES = 2;

/**
 * What is wrong, as {tone, text, to}; `to` is the id of the section that has more.
 * @param {{stats?: Object, dead?: Object, paused?: Object[], models?: Object[], live?: string, skewMs?: number}} known
 */
export function troubles({ stats, dead, paused, models, live, skewMs }) {
  const found = [];
  const say = (tone, text, to = null) => found.push({ tone, text, to });
  if (live && live !== "live") say("failed", "This page is not live: what it shows may be old.", "connection");
  if (stats?.stuck.length)
    say(
      "failed",
      `${format.count(stats.stuck.length, "job is", "jobs are")} stuck in the queue for more than 5 minutes.`,
      "stuck",
    );
  for (const { kind, name, since } of paused ?? [])
    say("working", `The ${kind} “${name}” is paused since ${format.moment(since)}.`, "pause");
  if (dead?.count)
    say(
      "failed",
      `${format.number(dead.count)}${dead.more ? "+" : ""} ${dead.count === 1 && !dead.more ? "job" : "jobs"} gave up, and might work with another try.`,
      "dead-letters",
    );
  const { completed = 0, failed = 0 } = stats?.by_status ?? {};
  if (completed + failed >= FEW && stats.success_rate < LOW_RATE)
    say("failed", `Only ${format.percent(stats.success_rate)} of the jobs that ended were completed.`, "failures");
  const past = ending(models ?? [])
    .filter((model) => model.days_left < 0)
    .sort(defaultFirst);
  const soon = ending(models ?? []).filter((model) => model.days_left >= 0 && model.days_left <= SOON_DAYS);
  if (past.length)
    say("working", `The announced end of ${format.count(past.length, "model")} is past: ${namesOf(past)}.`, "sunsets");
  if (soon.length)
    say(
      "working",
      `${format.count(soon.length, "model ends", "models end")} within ${SOON_DAYS} days: ${namesOf(soon)}.`,
      "sunsets",
    );
  if (Math.abs(skewMs ?? 0) > SKEW_MS)
    say(
      "working",
      `The clock of this machine is ${format.age(Math.abs(skewMs))} ${skewMs > 0 ? "behind" : "ahead of"} the server's.`,
      "connection",
    );
  return found;
}

/** The list in `element`, drawn anew only where it says something else. */
export function attention(element) {
  let shown = null;
  return (known) => {
    const found = troubles(known);
    const key = JSON.stringify(found);
    if (key === shown) return;
    shown = key;
    const rows = found.map(({ tone, text, to }) =>
      h(
        "li",
        { "data-tone": tone },
        icon("alert"),
        h("span", {}, text),
        to && h("button", { class: "link-button", type: "button", onclick: () => lead(to) }, "Look"),
      ),
    );
    replace(
      element,
      rows.length
        ? h("ul", { role: "list", class: "attention", "aria-label": "Wants attention" }, rows)
        : h("p", { class: "attention-none" }, icon("check"), "Nothing wants your attention."),
    );
  };
}

function defaultFirst(a, b) {
  return b.default - a.default;
}

function namesOf(models) {
  const rest = models.length - MOST_NAMES;
  const names = models.slice(0, MOST_NAMES).map((model) => model.id + (model.default ? " (the default)" : ""));
  return names.join(", ") + (rest > 0 ? ` and ${format.number(rest)} more` : "");
}

function lead(id) {
  const target = document.getElementById(id);
  target?.scrollIntoView({ block: "start" });
  target?.querySelector("h2")?.setAttribute("tabindex", "-1");
  target?.querySelector("h2")?.focus({ preventScroll: true });
}
