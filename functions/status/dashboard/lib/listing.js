/**
 * What of the store belongs into a list of jobs, in its order, and the pages that are still to be asked for.
 *
 * The server filters by few combinations (GET /v1/jobs says which); what it cannot is filtered here. A job that came by
 * the stream belongs into the list where it is not older than what was loaded: older ones come with their page.
 */

import { api } from "./api.js";
import { created, newestFirst } from "./store.js";

const PAGE = 100;
const WANTED = 30; // rows that are worth a request: where few match, further pages follow at once
const MOST_PAGES = 5;
const ACTIVE = ["processing", "generating", "uploading", "queued"];
const OWN = ["scene_id", "parent_id", "model"]; // compared here, also where the server has filtered by them
const wordsOf = new WeakMap();

/** One list: `filter` is {status, project_id, label, q, scene_id, parent_id, model}; status may be "active". */
export class Listing {
  #store;
  #sources;
  #given = new Set();
  rows = []; // ids
  loading = false;
  error = null;
  rests = false; // pages had little of what is wanted: whoever wants older ones says so

  constructor(store, filter) {
    this.filter = filter;
    this.#store = store;
    this.#sources = queriesOf(filter).map((query) => ({ query, token: null, done: false, horizon: Infinity }));
  }

  /** Whether all there is was loaded. */
  get complete() {
    return this.#sources.every((source) => source.done);
  }

  /** Load on, until some more rows are there. Errors are kept in `error`; calling again tries again. */
  async more(signal) {
    if (this.loading || this.complete) return;
    this.loading = true;
    this.error = null;
    this.rests = false;
    const before = this.rows.length;
    try {
      for (let page = 0; page < MOST_PAGES && !this.complete && this.rows.length < before + WANTED; page += 1) {
        await Promise.all(this.#sources.filter((source) => !source.done).map((source) => this.#page(source, signal)));
        this.rebuild();
      }
      this.rests = !this.complete && this.rows.length < before + WANTED;
    } catch (error) {
      if (signal.aborted) return;
      this.error = error;
    } finally {
      this.loading = false;
    }
  }

  async #page(source, signal) {
    const query = { ...source.query, page_size: PAGE, page_token: source.token };
    const page = await api.get("/v1/jobs", { query, signal });
    for (const job of page.jobs) this.#given.add(job.id);
    this.#store.putAll(page.jobs);
    source.token = page.next_page_token;
    source.done = !source.token;
    source.horizon = source.done ? -Infinity : page.jobs.length ? created(page.jobs.at(-1)) : source.horizon;
  }

  /** Take in what changed; true where rows came, went or moved. */
  update(changed) {
    if (changed.size > 64) return this.rebuild();
    let moved = false;
    for (const id of changed) {
      const at = this.rows.indexOf(id);
      const job = this.#store.get(id);
      const to = job && this.#includes(job) ? this.#placeOf(job, at) : -1;
      if (to === at) continue;
      if (at >= 0) this.rows.splice(at, 1);
      if (to >= 0) this.rows.splice(to, 0, id);
      moved = true;
    }
    return moved;
  }

  /** Begin from the whole store; true where rows came, went or moved. */
  rebuild() {
    const before = this.rows;
    const order = (a, b) => this.#order(a, b);
    this.rows = [...this.#store.all()]
      .filter((job) => this.#includes(job))
      .sort(order)
      .map((job) => job.id);
    return this.rows.length !== before.length || this.rows.some((id, at) => id !== before[at]);
  }

  /** Where a job belongs among the rows without the one at `at`. */
  #placeOf(job, at) {
    const others = at < 0 ? this.rows : this.rows.toSpliced(at, 1);
    let [low, high] = [0, others.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#store.get(others[middle]);
      if (other && this.#order(other, job) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #order(a, b) {
    const queuedLast = this.filter.status === "active" ? (a.status === "queued") - (b.status === "queued") : 0;
    return queuedLast || newestFirst(a, b);
  }

  #includes(job) {
    const { status, project_id: project, label, q } = this.filter;
    for (const name of OWN) if (this.filter[name] && job[name] !== this.filter[name]) return false;
    if (status === "active" ? !ACTIVE.includes(job.status) : status && job.status !== status) return false;
    if (project && job.project_id !== project) return false;
    if (label && !hasLabel(job, label)) return false;
    if (this.#given.has(job.id)) return true;
    return (!q || finds(job, q)) && this.#sources.some((source) => created(job) >= source.horizon);
  }
}

function queriesOf({ status, project_id, label, q, scene_id, parent_id }) {
  if (parent_id) return [status && status !== "active" ? { parent_id, status } : { parent_id }];
  if (q) return [{ q, project_id }];
  if (label) return [{ label, project_id }];
  if (scene_id) return [{ scene_id, project_id }];
  return (status === "active" ? ACTIVE : [status]).map((each) => ({ status: each, project_id }));
}

function hasLabel(job, label) {
  const at = label.indexOf("=");
  return job.labels?.[label.slice(0, at)] === label.slice(at + 1);
}

/** As the server searches: all the words, in any order, whatever their case. */
function finds(job, q) {
  if (!wordsOf.has(job)) wordsOf.set(job, new Set(split(job.prompt)));
  return split(q).every((word) => wordsOf.get(job).has(word));
}

function split(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}\p{M}_]+/gu) ?? [];
}
