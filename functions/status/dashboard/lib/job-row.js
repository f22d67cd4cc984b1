/** One job as a row of the queue. It is made once and shows many jobs in turn, so it changes only what differs. */

import { now } from "./clock.js";
import { h, replace, setAttribute, setText } from "./dom.js";
import * as format from "./format.js";
import { icon } from "./icons.js";
import { preview } from "./pictures.js";
import { isOver, labelOf, mayCancel, toneOf } from "./states.js";
import { button } from "./ui.js";

const SHOWN = 300; // characters of a prompt: one line has fewer
const PICTURES = { waiting: "clock", working: "picture", done: "picture", failed: "alert", stopped: "stop" };

/** The heads of the columns: [text, class, whether it is seen]. */
export const COLUMNS = [
  ["Picture", "row-frame", false],
  ["Job", "row-what", true],
  ["State", "row-state", true],
  ["Age", "row-age", true],
  ["Lane", "row-lane", true],
  ["Attempts", "row-tries", true],
  ["Cost", "row-cost", true],
  ["Actions", "row-actions", false],
];

/**
 * A row; `jobOf(id)` finds its job, `actions` are {cancel(job), retry(job)}.
 * @returns {{element: HTMLElement, update: (id: string, index: number) => void}}
 */
export function jobRow(jobOf, actions) {
  const frame = h("span", { class: "frame" });
  const link = h("a", { class: "row-prompt", dir: "auto" });
  const about = h("span", { class: "row-about" });
  const state = h("span", { class: "badge" });
  const track = h("span", {
    class: "track",
    role: "progressbar",
    "aria-label": "Progress",
    "aria-valuemin": "0",
    "aria-valuemax": "100",
  });
  const note = h("span", { class: "row-note" });
  const [age, took, lane, tries, cost] = ["age", "took", "lane", "tries", "cost"].map(() => h("span", {}));
  let job = null;
  const act = { cancel: () => actions.cancel(job), retry: () => actions.retry(job) };
  const stop = button("Cancel", { iconName: "stop", kind: "quiet", iconOnly: true, onclick: act.cancel });
  const again = button("Retry", { iconName: "retry", kind: "quiet", iconOnly: true, onclick: act.retry });
  const inside = [frame, [link, about], [state, track, note], [age, took], lane, tries, cost, [stop, again]];
  const cells = inside.map((children, at) => h("div", { role: "cell", class: COLUMNS[at][1] }, children));
  took.className = "row-note";
  const element = h("div", { role: "row", class: "job-row" }, cells);
  const picture = framed(frame);

  function update(id, index) {
    const next = jobOf(id);
    if (!next) return;
    setAttribute(element, "aria-rowindex", index + 2);
    tick(next);
    if (next === job) return;
    job = next;
    element.dataset.id = job.id;
    setAttribute(link, "href", `#/jobs/${encodeURIComponent(job.id)}`);
    setText(link, job.prompt.slice(0, SHOWN).trim() || "(no prompt)");
    setText(about, aboutOf(job));
    setText(state, job.cancel_requested && !isOver(job) ? "Stopping" : labelOf(job.status));
    state.dataset.tone = element.dataset.tone = toneOf(job.status);
    track.style.setProperty("--progress", `${job.progress * 100}%`);
    setAttribute(track, "aria-valuenow", Math.round(job.progress * 100));
    track.hidden = isOver(job);
    setText(lane, job.priority);
    setText(tries, job.attempt_count);
    setText(cost, costOf(job));
    stop.hidden = !mayCancel(job);
    again.hidden = job.status !== "failed";
    stop.ariaLabel = `Cancel: ${job.prompt.slice(0, 40)}`;
    again.ariaLabel = `Retry: ${job.prompt.slice(0, 40)}`;
    picture(job);
  }

  function tick(of) {
    const at = now();
    setText(note, noteOf(of, at));
    setText(
      age,
      isOver(of) ? format.ago(of.completed_at ?? of.updated_at, at) : format.age(at - Date.parse(of.created_at)),
    );
    setText(took, isOver(of) && of.timings?.total_ms != null ? `took ${format.duration(of.timings.total_ms)}` : "");
  }

  return { element, update };
}

/** What matters now: the place in the queue, the next try, why it failed. */
function noteOf(job, at) {
  if (job.status === "failed") return format.words(job.failure?.code ?? "");
  if (job.status === "queued") {
    const place = job.queue_position ? `${format.number(job.queue_position)}. in line` : "";
    if (job.paused_by) return [place, `${format.words(job.paused_by)} paused`].filter(Boolean).join(", ");
    const wait = Date.parse(job.next_attempt_at ?? job.not_before) - at;
    if (wait > 0) return `next try in ${format.age(wait)}`;
    return place;
  }
  if (job.status === "completed") return job.placeholder ? "placeholder" : job.cached ? "reused" : "";
  return job.attempt_count > 1 ? `attempt ${job.attempt_count}` : "";
}

function aboutOf(job) {
  const labels = Object.entries(job.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  return [
    job.project_id,
    job.scene_id ? `scene ${job.scene_id}` : job.parent_id && `item ${job.parent_index + 1}`,
    job.job_type === "storyboard" ? "storyboard" : job.model,
    job.n > 1 && `${job.n} pictures`,
    ...labels,
  ]
    .filter(Boolean)
    .join(" · ");
}

function costOf(job) {
  const { actual_micros: actual, estimated_micros: estimated } = job.cost;
  if (isOver(job)) return format.money(actual);
  return estimated === null ? "unknown" : `≈ ${format.money(estimated)}`;
}

/** Shows a job's thumbnail, if it has one by the time it is still the row's. */
function framed(frame) {
  let shown = null;
  let waiting = null;
  return (job) => {
    const image = job.images.find((each) => each.thumbnail);
    const wanted = image ? `${job.id}/${image.index}` : PICTURES[toneOf(job.status)];
    if (wanted === shown) return;
    shown = wanted;
    clearTimeout(waiting);
    replace(frame, icon(PICTURES[toneOf(job.status)]));
    if (!image) return;
    waiting = setTimeout(async () => {
      // a row that is only scrolled past asks for nothing
      try {
        const src = await preview(job, image);
        if (shown === wanted) replace(frame, h("img", { src, alt: "", width: 48, height: 48, decoding: "async" }));
      } catch (error) {
        if (shown === wanted) shown = null; // it is tried again with the job's next change
        console.debug("no preview", error);
      }
    }, 120);
  };
}
