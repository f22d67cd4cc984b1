/** One job: its pictures, how it went, what it cost, whom it told; and what can be done with it. */

import { api } from "../lib/api.js";
import { everySecond, now } from "../lib/clock.js";
import { deliveries } from "../lib/deliveries.js";
import { h, replace } from "../lib/dom.js";
import { failure } from "../lib/failure.js";
import * as format from "../lib/format.js";
import { icon } from "../lib/icons.js";
import * as jobActions from "../lib/job-actions.js";
import { cost, placement, request, words } from "../lib/job-facts.js";
import { pictures } from "../lib/job-pictures.js";
import { isOver, mayCancel } from "../lib/states.js";
import { timeline } from "../lib/timeline.js";
import { badge, button, copyButton, empty, pageHead, skeleton } from "../lib/ui.js";

const TITLE = 90; // characters of a prompt that make a heading
const PLACE_EVERY = 5; // seconds between two looks at its place in the queue

/** Show the job that the route names. */
export async function show(root, { params: [id], title, signal, store }) {
  replace(root, pageHead("Job"), skeleton("20rem"));
  const path = `/v1/jobs/${encodeURIComponent(id ?? "")}`;
  const ask = () =>
    api.get(path, { signal }).then(
      (job) => store.put(job),
      (error) => (error.status === 404 ? store.remove(id) : console.debug("as it was last known", error)),
    ); // the queue's place is of the moment
  if (store.get(id)) ask();
  else store.put(await api.get(path, { signal }));
  if (signal.aborted) return;

  const own = sections(store, () => store.get(id));
  const layout = h("div", { class: "job" });
  replace(root, own.head, layout);
  replace(
    layout,
    h("div", { class: "stack" }, own.left),
    h("aside", { class: "stack", "aria-label": "About this job" }, own.right),
  );
  const told = deliveries(id, signal);
  own.left.at(-1).before(told.element);

  const draw = () => {
    const job = store.get(id);
    if (!job) return replace(root, pageHead("Job"), gone());
    title(headingOf(job));
    for (const section of own.all) section.draw(job);
  };
  store.subscribe((changed) => {
    if (!changed.has(id)) return;
    draw();
    if (store.get(id)) told.soon();
  }, signal);
  let seconds = 0;
  everySecond(() => {
    const job = store.get(id);
    if (!job || isOver(job)) return;
    for (const section of own.ticking) section.redraw(job);
    seconds += 1;
    if (job.status === "queued" && seconds % PLACE_EVERY === 0) ask();
  }, signal);
  draw();
  told.load();
}

/** The parts of the page; each is drawn anew only where what it shows has changed. */
function sections(store, jobOf) {
  const of = (name, keyOf, build) => {
    const element = h("div", { class: `job-part job-${name}` });
    let shown = null;
    const redraw = (job) => replace(element, build(job));
    const draw = (job) => {
      const key = JSON.stringify(keyOf(job)) ?? "";
      element.hidden = false;
      if (key !== shown) redraw(job);
      element.hidden = element.childElementCount === 0;
      shown = key;
    };
    return { element, draw, redraw };
  };
  const head = of(
    "head",
    (job) => [job.status, job.cancel_requested, job.prompt],
    (job) => header(store, job),
  );
  const state = of("state", (job) => [job.status_sequence, job.queue_position, job.paused_by], stateLine);
  const line = of("timeline", (job) => job.timeline, timeline);
  const left = [
    of(
      "failure",
      (job) => [job.failure, job.status],
      (job) => failure(job),
    ),
    of("pictures", (job) => [job.images, job.missing, isOver(job), job.prompt], (job) => pictures(job, store)),
    line,
    of(
      "raw",
      (job) => job,
      () => raw(jobOf),
    ),
  ];
  const right = [
    of("words", (job) => [job.prompt, job.prompt_used, job.negative_prompt], words),
    of("cost", (job) => [job.cost, isOver(job)], cost),
    of("request", (job) => [job.model, job.labels, job.references, job.attempt_count], request),
    of("placement", (job) => [job.id, job.project_id, job.completed_at], placement),
  ];
  return {
    head: h("div", {}, head.element, state.element),
    left: left.map((section) => section.element),
    right: right.map((section) => section.element),
    all: [head, state, ...left, ...right],
    ticking: [state, line],
  };
}

function headingOf(job) {
  const text = job.prompt.replace(/\s+/g, " ").trim();
  const letters = Array.from(text.slice(0, 2 * TITLE)); // whole characters: half an emoji is none
  return letters.length > TITLE ? `${letters.slice(0, TITLE).join("")}…` : text || "Job";
}

function header(store, job) {
  const make = async () => (location.hash = `#/jobs/${(await jobActions.vary(store, job)).id}`);
  const remove = async () => (await jobActions.remove(store, job)) && (location.hash = "#/queue");
  const hopeless = job.failure?.type === "PERMANENT"; // the same request will fail again
  const actions = [
    job.status === "failed" &&
      button("Retry", {
        kind: hopeless ? null : "primary",
        iconName: "retry",
        onclick: () => jobActions.retry(store, job),
      }),
    mayCancel(job) && button("Cancel", { iconName: "stop", onclick: () => jobActions.cancel(store, job) }),
    job.images.length > 0 && button("Variation", { iconName: "plus", onclick: make }),
    job.job_type === "storyboard"
      ? button("Open the storyboard", {
          kind: "primary",
          iconName: "film",
          href: `#/boards/storyboards/${encodeURIComponent(job.id)}`,
        })
      : button("Again with changes", {
          kind: hopeless ? "primary" : null,
          iconName: "again",
          href: `#/new?from=${encodeURIComponent(job.id)}`,
        }),
    button("Delete", { iconName: "trash", kind: "quiet", onclick: remove }),
  ].filter(Boolean);
  const head = pageHead(headingOf(job), { actions });
  head.querySelector("h1").dir = "auto";
  return [h("a", { class: "back", href: "#/queue" }, icon("left"), "Queue"), head];
}

function stateLine(job) {
  const since = now() - Date.parse(job.created_at);
  const wait = Date.parse(job.next_attempt_at) - now();
  const facts = [
    job.cancel_requested && !isOver(job) && "its worker is asked to stop",
    job.queue_position && `${format.number(job.queue_position)}. in line`,
    job.paused_by && `${format.words(job.paused_by)} is paused`,
    job.status === "queued" && wait > 0 && `next try in ${format.age(wait)}`,
    job.attempt_count > 0 && format.count(job.attempt_count, "attempt"),
    job.retry_count > 0 && `retried ${format.count(job.retry_count, "time")}`,
    isOver(job) ? `took ${format.duration(job.timings.total_ms)}` : format.age(since),
    isOver(job) && job.completed_at && format.ago(job.completed_at, now()),
    job.cached && "reused at no cost",
    job.placeholder && "a placeholder, not the model's picture",
  ].filter(Boolean);
  const bar = h("span", {
    class: "track",
    style: { "--progress": `${job.progress * 100}%` },
    role: "progressbar",
    "aria-label": "Progress",
    "aria-valuenow": Math.round(job.progress * 100),
    "aria-valuemin": "0",
    "aria-valuemax": "100",
  });
  return h(
    "p",
    { class: "state-line", "data-testid": "state" },
    badge(job.status),
    isOver(job) ? null : bar,
    h("span", { class: "hint" }, facts.join(" · ")),
  );
}

function raw(jobOf) {
  const text = () => JSON.stringify(jobOf(), null, 2);
  const body = h("pre", { tabindex: "0", class: "raw" });
  const shown = h(
    "details",
    { class: "panel", ontoggle: () => replace(body, shown.open ? text() : "") },
    h("summary", {}, "Raw JSON"),
    h(
      "div",
      { class: "actions" },
      copyButton("Copy JSON", text),
      copyButton("Copy id", () => jobOf().id),
    ),
    body,
  );
  return shown;
}

function gone() {
  const actions = [button("Back to the queue", { href: "#/queue" })];
  return empty("This job was deleted", "Its pictures are removed. What it cost stays in the books.", {
    iconName: "trash",
    actions,
  });
}
