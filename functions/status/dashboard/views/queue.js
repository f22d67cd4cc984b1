/** The queue: every job as it goes through its stages, live. */

import { api, isAbort } from "../lib/api.js";
import { everySecond } from "../lib/clock.js";
import { h, replace, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";
import * as jobActions from "../lib/job-actions.js";
import { COLUMNS, jobRow } from "../lib/job-row.js";
import * as keys from "../lib/keys.js";
import { Listing } from "../lib/listing.js";
import { announce, tellError } from "../lib/messages.js";
import { filterBar } from "../lib/queue-filters.js";
import { setQuery } from "../lib/router.js";
import { isOver, labelOf } from "../lib/states.js";
import { button, empty, errorPanel, pageHead, skeleton } from "../lib/ui.js";
import { VirtualRows } from "../lib/virtual.js";

const NAMES = ["status", "project_id", "label", "q"];
const SPOKEN_EVERY_MS = 4000;
const PLACES_EVERY = 5; // seconds
const MOST_PLACES = 8; // asked for at a time
const ID = /^[a-z2-7]{26}$/; // of a job, out of a log
let last = null; // the list that was shown last: who comes back finds it as it was

/** Show the queue. */
export async function show(root, { query, signal, store, live }) {
  const head = pageHead("Queue", { lede: "…" });
  const lede = head.querySelector("p");
  const body = h("div", { role: "rowgroup", class: "queue-rows" });
  const list = h("div", { role: "table", class: "queue", "aria-label": "Jobs", "aria-busy": "true" }, headRow(), body);
  const foot = h("div", { class: "queue-foot" });
  const filter = Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
  const bar = filterBar(filter, store, choose);
  root.append(head, bar, list, foot);

  const rows = new VirtualRows(body, () => jobRow((id) => store.get(id), commands(store)), { onNearEnd: more, signal });
  let listing = null;
  let ending = null; // of the listing's requests

  function choose(changed) {
    if (ID.test(changed.q ?? "")) return location.assign(`#/jobs/${changed.q}`);
    Object.assign(filter, changed);
    setQuery(filter);
    begin();
  }

  function begin() {
    ending?.abort();
    ending = new AbortController();
    const key = JSON.stringify([store.epoch, filter]);
    if (last?.store !== store || last.key !== key) last = { store, key, listing: new Listing(store, { ...filter }) };
    listing = last.listing;
    listing.error = null;
    listing.rebuild();
    draw();
    if (!listing.rows.length) more(); // else once the reader comes near the end
  }

  async function more() {
    const mine = listing;
    if (!mine || mine.loading || mine.complete || mine.error || mine.rests) return;
    await mine.more(AbortSignal.any([signal, ending.signal]));
    if (mine === listing && !signal.aborted) draw();
  }

  function goOn() {
    listing.error = null;
    listing.rests = false;
    replace(foot, skeleton("4.5rem"));
    return more();
  }

  function draw() {
    const { length } = listing.rows;
    rows.set(listing.rows);
    list.setAttribute("aria-rowcount", listing.complete ? length + 1 : -1);
    list.setAttribute("aria-busy", String(listing.loading));
    list.hidden = length === 0;
    setText(lede, summary(listing, store));
    if (listing.error || listing.rests) replace(foot, listing.error ? errorPanel(listing.error, goOn) : further(goOn));
    else if (listing.complete) replace(foot, length ? null : nothing(filter, () => location.assign("#/queue?")));
    else if (!foot.querySelector(".skeleton")) replace(foot, skeleton("4.5rem"));
  }

  store.subscribe((changed) => {
    const moved = listing.update(changed);
    rows.refresh(changed);
    if (moved) draw();
    else setText(lede, summary(listing, store));
  }, signal);
  let seconds = 0;
  everySecond(() => {
    rows.refresh();
    seconds += 1;
    if (seconds % PLACES_EVERY === 1) askPlaces(rows.inSight, store, signal);
  }, signal);
  sayEnds(store, signal);
  live.addEventListener("fresh", begin, { signal });
  keys.bind({ j: () => rows.step(1), k: () => rows.step(-1), "/": () => bar.search.focus() }, signal);
  begin();
}

/** A listing does not tell the places in the queue: ask for those of the rows in sight. */
async function askPlaces(ids, store, signal) {
  const waiting = ids.filter((id) => store.get(id)?.status === "queued").slice(0, MOST_PLACES);
  try {
    const jobs = await Promise.all(waiting.map((id) => api.get(`/v1/jobs/${encodeURIComponent(id)}`, { signal })));
    store.putAll(jobs);
  } catch (error) {
    if (!isAbort(error)) console.debug("the places in the queue are not known", error); // asked again in a moment
  }
}

function headRow() {
  const heads = COLUMNS.map(([text, name, seen]) =>
    h("div", { role: "columnheader", class: name }, h("span", { class: seen ? null : "visually-hidden" }, text)),
  );
  return h("div", { role: "rowgroup" }, h("div", { role: "row", class: "queue-head", "aria-rowindex": "1" }, heads));
}

function commands(store) {
  const told = (act) => async (job) => {
    try {
      await act(store, job);
    } catch (error) {
      tellError(error);
    }
  };
  return { cancel: told(jobActions.cancel), retry: told(jobActions.retry) };
}

function summary(listing, store) {
  const jobs = listing.rows.map((id) => store.get(id)).filter(Boolean);
  const queued = jobs.filter((job) => job.status === "queued").length;
  const working = jobs.filter((job) => !isOver(job)).length - queued;
  const all = `${format.number(jobs.length)}${listing.complete ? "" : "+"} ${jobs.length === 1 ? "job" : "jobs"}`;
  return [all, working && `${format.number(working)} being made`, queued && `${format.number(queued)} waiting`]
    .filter(Boolean)
    .join(" · ");
}

/** The jobs that were looked through hold little of this: older ones cost reads, and are for the reader to ask for. */
function further(goOn) {
  return h(
    "div",
    { class: "empty further" },
    h("p", {}, "The latest jobs hold no more of this."),
    button("Look further back", { iconName: "search", onclick: goOn }),
  );
}

function nothing(filter, clear) {
  if (Object.values(filter).some(Boolean)) {
    const actions = [button("Clear the filters", { onclick: clear })];
    return empty(
      "No job is like that",
      "None of your jobs matches these filters. Take one away, or look at all of them.",
      { iconName: "search", actions },
    );
  }
  const actions = [button("Make the first picture", { href: "#/new", kind: "primary", iconName: "plus" })];
  return empty(
    "The trays are empty",
    "Nothing was asked for yet. Describe a picture, and watch it here from its prompt to its print.",
    { actions },
  );
}

/** Tell assistive technology of what ended, a few at a time. */
function sayEnds(store, signal) {
  const known = new Map();
  const ended = new Map();
  let timer = null;
  for (const job of store.all()) known.set(job.id, isOver(job));
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  store.subscribe((changed) => {
    for (const id of changed) {
      const job = store.get(id);
      if (!job) continue;
      if (isOver(job) && known.get(id) === false) ended.set(job.status, (ended.get(job.status) ?? 0) + 1);
      known.set(id, isOver(job));
    }
    if (!ended.size || timer) return;
    timer = setTimeout(() => {
      timer = null;
      announce(
        [...ended]
          .map(([status, count]) => `${format.count(count, "job")} ${labelOf(status).toLowerCase()}`)
          .join(", "),
      );
      ended.clear();
    }, SPOKEN_EVERY_MS);
  }, signal);
}
