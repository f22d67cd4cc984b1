/** Health: what wants attention, how fast and how well it goes, what is stuck, and the switches. */

import { api, BASE, isAbort } from "../lib/api.js";
import { attention } from "../lib/attention.js";
import { everySecond, now } from "../lib/clock.js";
import { deadLetters } from "../lib/dead-letters.js";
import { h, replace, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";
import { pauseSwitches } from "../lib/pause-switches.js";
import { setQuery } from "../lib/router.js";
import { smallJobs } from "../lib/small-jobs.js";
import { failures, stageTimes } from "../lib/stage-times.js";
import { sunsets } from "../lib/sunsets.js";
import { choice, errorPanel, facts, pageHead, skeleton, stat } from "../lib/ui.js";

const HOUR_MS = 3_600_000;
const PERIODS = [
  ["1", "1 hour"],
  ["24", "24 hours"],
  ["168", "7 days"],
];
const EVERY = 30; // seconds between two looks
const MOST_STUCK = 10; // that are looked up

/** Show the health. */
export async function show(root, { query, signal, store, live }) {
  let hours = PERIODS.some(([name]) => name === query.get("hours")) ? query.get("hours") : "24";
  const known = {};
  const [alarm, figures, stuck] = [
    h("div", { role: "status" }),
    h("div", { class: "stack" }, skeleton("8rem")),
    h("div"),
  ];
  const models = h("div", {}, skeleton("8rem"));
  const warn = attention(alarm);
  const tell = (changed) => warn(Object.assign(known, changed));
  const dead = deadLetters(store, (found) => tell({ dead: found }), signal);
  const pauses = pauseSwitches((paused) => tell({ paused }), signal);
  const line = connection();
  const tabs = choice("Period", PERIODS, hours, (chosen) => {
    hours = chosen;
    setQuery({ hours });
    loadStats();
  });
  root.append(
    pageHead("Health"),
    h(
      "div",
      { class: "stack" },
      alarm,
      h("div", { class: "panel-head" }, h("h2", {}, "How it went"), tabs),
      figures,
      stuck,
      h(
        "div",
        { class: "side-by-side" },
        h("div", { class: "stack" }, dead.element, models),
        h("div", { class: "stack" }, pauses.element, line.element),
      ),
    ),
  );

  async function loadStats() {
    const mine = hours;
    const from = new Date(now() - Number(mine) * HOUR_MS).toISOString();
    try {
      const stats = await api.get("/v1/stats", { query: { from }, signal });
      if (mine !== hours) return; // another period was chosen meanwhile
      tell({ stats });
      replace(
        figures,
        tiles(stats),
        h(
          "div",
          { class: "side-by-side", id: "failures" },
          stageTimes(stats),
          failures("Why jobs failed", stats.failures_by_code),
        ),
      );
      replace(stuck, await stuckJobs(stats.stuck, store, signal));
    } catch (error) {
      if (!isAbort(error)) replace(figures, errorPanel(error, loadStats));
    }
  }

  async function loadModels() {
    try {
      const found = await api.get("/v1/models", { signal });
      tell({ models: found.models });
      replace(models, sunsets(found));
    } catch (error) {
      if (!isAbort(error)) replace(models, errorPanel(error, loadModels));
    }
  }

  let seconds = 0;
  everySecond(() => {
    tell(line.look());
    seconds += 1;
    if (seconds % EVERY || document.querySelector("dialog[open]")) return;
    loadStats();
    if (!dead.element.contains(document.activeElement)) dead.load();
    if (!pauses.element.contains(document.activeElement)) pauses.load();
  }, signal);
  live.addEventListener("fresh", loadStats, { signal });
  await Promise.all([loadStats(), loadModels(), dead.load(), pauses.load()]);
}

function tiles(stats) {
  const { completed = 0, failed = 0, canceled = 0 } = stats.by_status;
  const ended = [
    completed && `${format.number(completed)} completed`,
    failed && `${format.number(failed)} failed`,
    canceled && `${format.number(canceled)} canceled`,
  ];
  return h(
    "div",
    { class: "stats" },
    stat("Success", format.percent(stats.success_rate), ended.filter(Boolean).join(", ") || "no job ended"),
    stat("Half are done in", format.duration(stats.total.p50_ms), "p50, from ask to end"),
    stat("Nearly all in", format.duration(stats.total.p95_ms), "p95"),
    stat("Reused", format.percent(stats.cache_hit_rate), "pictures that were there already"),
  );
}

/** Jobs that wait for longer than they should; a look-up may fail: then their ids are shown. */
async function stuckJobs(ids, store, signal) {
  if (!ids.length) return null;
  const some = ids.slice(0, MOST_STUCK);
  const jobs = await Promise.all(
    some.map((id) =>
      api.get(`/v1/jobs/${encodeURIComponent(id)}`, { signal }).then(
        (job) => (store.put(job), job),
        () => ({ id, prompt: id }),
      ),
    ),
  );
  const noteOf = (job) =>
    [
      job.queued_at && `waiting for ${format.age(now() - Date.parse(job.queued_at))}`,
      job.paused_by && `${format.words(job.paused_by)} is paused`,
      job.priority && `${job.priority} lane`,
      job.model,
    ]
      .filter(Boolean)
      .join(" · ");
  return h(
    "section",
    { class: "panel", id: "stuck" },
    h("h2", {}, `Stuck jobs (${format.number(ids.length)})`),
    h(
      "p",
      { class: "hint small-hint" },
      "They were due more than 5 minutes ago, and nobody has taken them: their lane or provider may be paused, or no worker is there.",
    ),
    smallJobs("Stuck jobs", jobs, { noteOf }),
    ids.length > some.length && h("p", { class: "hint" }, `and ${format.number(ids.length - some.length)} more`),
  );
}

const STATES = { live: "live", connecting: "connecting", waiting: "broken, trying again", refused: "refused" };

/** How this page and the server are to each other. */
function connection() {
  const [stream, clock] = [h("span"), h("span")];
  const list = facts([
    ["Stream of changes", stream],
    ["Clock", clock],
    ["Server", h("span", { class: "mono" }, BASE)],
  ]);
  const look = () => {
    const live = document.querySelector(".shell")?.dataset.live;
    const skewMs = now() - Date.now();
    setText(stream, STATES[live] ?? "unknown");
    setText(
      clock,
      skewMs
        ? `this machine is ${format.age(Math.abs(skewMs))} ${skewMs > 0 ? "behind" : "ahead"}`
        : "this machine agrees with the server",
    );
    return { live, skewMs };
  };
  look();
  return { element: h("section", { class: "panel", id: "connection" }, h("h2", {}, "Connection"), list), look };
}
