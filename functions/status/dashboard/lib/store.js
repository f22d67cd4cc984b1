/**
 * The jobs that the page knows, each in its newest version, and who wants to hear of changes.
 *
 * Whatever brings a job (a page, an answer, the stream) puts it here; one with a lower `status_sequence` than the
 * known one is stale, and dropped. Listeners are told once a frame, however many changes came.
 */

const MOST = 20_000; // beyond, the oldest go: a tab may stay open for weeks

/** Times in µs by job, since text of differing precision does not sort; the items of a batch are a µs apart. */
const createdAt = new WeakMap();
const BELOW_MS = /\.\d{3}(\d{1,3})/;

/** When a job was asked for, in µs. */
export function created(job) {
  let at = createdAt.get(job);
  if (at === undefined) {
    const below = BELOW_MS.exec(job.created_at)?.[1].padEnd(3, "0") ?? 0;
    createdAt.set(job, (at = Math.floor(Date.parse(job.created_at)) * 1000 + Number(below)));
  }
  return at;
}

/** The newest first; of the same moment, by id. */
export function newestFirst(a, b) {
  return created(b) - created(a) || (a.id < b.id ? 1 : -1);
}

/** The jobs of one session. */
export class JobStore {
  #jobs = new Map();
  #gone = new Set();
  #listeners = new Set();
  #changed = new Set();
  #frame = null;
  /** Rises when changes may have been missed: lists of an earlier epoch are to be loaded anew. */
  epoch = 0;

  /** The job, or undefined. */
  get(id) {
    return this.#jobs.get(id);
  }

  /** All jobs, in no order. */
  all() {
    return this.#jobs.values();
  }

  /** Take a job in; false where it is stale or deleted. */
  put(job) {
    const known = this.#jobs.get(job.id);
    if (this.#gone.has(job.id) || (known && known.status_sequence > job.status_sequence)) return false;
    this.#jobs.set(job.id, placed(job, known));
    if (this.#jobs.size > MOST * 1.1) this.#trim();
    this.#tell(job.id);
    return true;
  }

  /** Take in a page of them. */
  putAll(jobs) {
    for (const job of jobs) this.put(job);
  }

  /** Forget a job that was deleted, for good: a late page does not bring it back. */
  remove(id) {
    this.#gone.add(id);
    if (this.#jobs.delete(id)) this.#tell(id);
  }

  /**
   * Be told of the ids that changed, at most once a frame, until `signal` is aborted.
   * @param {(changed: Set<string>) => void} listener
   * @param {AbortSignal} signal
   */
  subscribe(listener, signal) {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  #tell(id) {
    this.#changed.add(id);
    this.#frame ??= requestAnimationFrame(() => {
      const changed = this.#changed;
      this.#frame = null;
      this.#changed = new Set();
      for (const listener of this.#listeners) listener(changed);
    });
  }

  #trim() {
    const newest = [...this.#jobs.values()].sort(newestFirst).slice(0, MOST);
    this.#jobs = new Map(newest.map((job) => [job.id, job]));
  }
}

/** Only GET of one job tells its place in the queue: what else brings the same version leaves the known one. */
function placed(job, known) {
  if (job.queue_position != null || job.paused_by || known?.status_sequence !== job.status_sequence) return job;
  return { ...job, queue_position: known.queue_position, paused_by: known.paused_by };
}
