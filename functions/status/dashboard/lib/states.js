/** What a job's states are called and how they are toned; one that is not known is shown as it is. */

const STATES = {
  queued: ["Queued", "waiting"],
  processing: ["Starting", "working"],
  generating: ["Generating", "working"],
  uploading: ["Saving", "working"],
  completed: ["Completed", "done"],
  failed: ["Failed", "failed"],
  canceled: ["Canceled", "stopped"],
  // Of batches and storyboards.
  recording: ["Recording", "waiting"],
  running: ["Running", "working"],
  completed_with_failures: ["Completed, with failures", "failed"],
};
const ENDED = new Set(["completed", "failed", "canceled", "completed_with_failures"]);

/** The stages in their order: what a track of them shows. */
export const STAGES = ["queued", "processing", "generating", "uploading", "completed"];

/** “Generating”. */
export function labelOf(status) {
  return STATES[status]?.[0] ?? String(status);
}

/** waiting, working, done, failed or stopped: for `data-tone`. */
export function toneOf(status) {
  return STATES[status]?.[1] ?? "waiting";
}

/** Whether nothing more will happen by itself. */
export function isOver(job) {
  return ENDED.has(job.status);
}

/** Whether it may be canceled: it has not ended, and was not told to already. */
export function mayCancel(job) {
  return !isOver(job) && !job.cancel_requested;
}
