/** One batch: how far it is, what it costs, what was refused of it, and its jobs. */

import { api, isAbort } from "./api.js";
import { now } from "./clock.js";
import { countsBar } from "./counts-bar.js";
import { deliveries } from "./deliveries.js";
import { h, replace } from "./dom.js";
import * as format from "./format.js";
import { icon } from "./icons.js";
import { jobList } from "./job-list.js";
import * as keys from "./keys.js";
import { tellError, toast } from "./messages.js";
import { setQuery } from "./router.js";
import { isOver } from "./states.js";
import { badge, button, choice, copyButton, empty, pageHead, skeleton, stat, table } from "./ui.js";

const SOON_MS = 800; // after a change of one of its jobs
const STATES = [
  ["", "All"],
  ["active", "Active"],
  ["completed", "Completed"],
  ["failed", "Failed"],
  ["canceled", "Canceled"],
];

/** Show the batch. */
export async function showBatch(root, id, { query, title, signal, store }) {
  replace(root, pageHead("Batch"), skeleton("20rem"));
  const path = `/v1/batches/${encodeURIComponent(id)}`;
  let batch = await api.get(path, { signal });
  title(`Batch of ${format.count(batch.jobs, "job")}`);
  const [head, figures, refused] = [h("div"), h("div"), h("div")];
  const told = deliveries(id, signal, "batches");
  const status = query.get("status") ?? "";
  const jobs = jobList("Jobs of this batch", {
    store,
    signal,
    nothing: () => empty("None of its jobs is like that", "Choose another state.", { iconName: "search" }),
  });
  const choose = (chosen) => {
    setQuery({ status: chosen });
    jobs.show({ parent_id: id, status: chosen });
  };
  const tabs = h(
    "div",
    { class: "panel-head board-tabs" },
    h("h2", {}, "Jobs"),
    choice("State", STATES, status, choose),
  );
  replace(
    root,
    h("div", { class: "stack board" }, head, figures, refused, told.element, h("section", {}, tabs, jobs.element)),
  );

  const act = (verb, said) => async () => {
    batch = await api.post(`${path}/${verb}`);
    toast(said);
    draw();
  };
  const commands = {
    cancel: act("cancel", "What has not ended is stopped."),
    retry: act("retry", "What failed is queued again."),
  };

  function draw() {
    replace(head, header(batch, commands));
    replace(figures, numbers(batch));
    replace(refused, errors(batch));
  }

  async function load() {
    try {
      batch = await api.get(path, { signal });
      draw();
      told.soon();
    } catch (error) {
      if (!isAbort(error)) tellError(error);
    }
  }

  let timer = null;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  store.subscribe((changed) => {
    if (timer || ![...changed].some((each) => store.get(each)?.parent_id === id)) return;
    timer = setTimeout(() => {
      timer = null;
      load();
    }, SOON_MS);
  }, signal);
  keys.bind({ j: () => jobs.step(1), k: () => jobs.step(-1) }, signal);
  draw();
  jobs.show({ parent_id: id, status });
  told.load();
}

function header(batch, { cancel, retry }) {
  const actions = [
    batch.counts.failed > 0 &&
      isOver(batch) &&
      button(`Retry ${format.number(batch.counts.failed)} failed`, {
        kind: "primary",
        iconName: "retry",
        onclick: retry,
      }),
    !isOver(batch) && !batch.cancel_requested && button("Cancel the rest", { iconName: "stop", onclick: cancel }),
    copyButton("Copy id", batch.id),
  ].filter(Boolean);
  const labels = Object.entries(batch.labels).map(([name, value]) => h("span", { class: "chip" }, `${name}=${value}`));
  return [
    h("a", { class: "back", href: "#/boards?kind=batches" }, icon("left"), "Batches"),
    pageHead(`Batch of ${format.count(batch.jobs, "job")}`, { actions }),
    h(
      "p",
      { class: "state-line", "data-testid": "state" },
      badge(batch.status),
      batch.cancel_requested && !isOver(batch) && h("span", { class: "hint" }, "being stopped"),
      h("span", { class: "hint" }, `asked for ${format.ago(batch.created_at, now())}`),
      labels,
    ),
    batch.idempotency_key && h("p", { class: "hint" }, "Key ", h("code", {}, batch.idempotency_key)),
  ];
}

function numbers(batch) {
  const { estimated_micros: estimated, actual_micros: actual, counted_micros: counted } = batch.cost;
  const ended = batch.completed_at && isOver(batch);
  return h(
    "section",
    { class: "panel", "aria-label": "How far it is, and what it costs" },
    countsBar(batch.counts),
    h(
      "div",
      { class: "board-stats" },
      stat("Done", format.percent(batch.progress)),
      stat("Estimated", format.money(estimated)),
      stat(
        "Billed",
        format.money(actual),
        actual === null ? `${format.money(counted)} counts against budgets` : isOver(batch) ? null : "so far",
      ),
      ended && stat("Took", format.duration(Date.parse(batch.completed_at) - Date.parse(batch.created_at))),
    ),
  );
}

/** What of the request was no job: it was taken without them. */
function errors(batch) {
  if (!batch.errors.length) return null;
  const columns = [
    { label: "Item", number: true, cell: (error) => format.number(error.index + 1) },
    { label: "Where", cell: (error) => h("code", {}, error.pointer || "–") },
    { label: "What is wrong", cell: (error) => error.detail ?? format.words(error.code) },
  ];
  return h(
    "section",
    { class: "panel" },
    h("h2", {}, `${format.count(batch.errors.length, "item was", "items were")} refused`),
    h(
      "p",
      { class: "hint board-hint" },
      "They are no jobs and cost nothing. Mend them and send them as a batch of their own.",
    ),
    table("Refused items", columns, batch.errors),
  );
}
