/** Why a job failed, and what to do now. */

import { h } from "./dom.js";
import * as format from "./format.js";
import { isOver } from "./states.js";
import { facts } from "./ui.js";

const BY_CODE = {
  safety_blocked:
    "The same words will be refused again. Choose “Again with changes” and say it otherwise. If you think the filter is wrong, give the vendor's support codes to its support.",
  idempotency_conflict: "Its key had named another request before. Ask again under a key of its own.",
};
const BY_TYPE = {
  TEMPORARY: "Something outside did not work for a while. Retry: it may work by now.",
  RATE_LIMIT: "The model had no more capacity for this project. Retry later, or choose another model.",
  PERMANENT: "The same request will fail again. Choose “Again with changes”.",
  AUTH_ERROR:
    "The provider did not let this deployment in. Whoever runs it must look at its credentials and permissions; then retry.",
  UNKNOWN: "It is not known what became of the call. A retry may be paid a second time.",
};
const BILLED = { yes: "It was billed.", no: "It was not billed.", unknown: "Whether it was billed is not known." };

/** The failure of a job; of one that goes on, that of its last attempt. Nothing where it has none. */
export function failure(job) {
  const { failure: why } = job;
  if (!why || job.status === "completed") return null;
  const failed = job.status === "failed";
  const safety = why.safety;
  return h(
    "section",
    { class: "notice", "data-tone": failed ? "failed" : "working", "aria-label": "Failure" },
    h(
      "strong",
      {},
      failed ? `Failed: ${format.words(why.code)}` : `The last attempt failed: ${format.words(why.code)}`,
    ),
    h("p", { class: "prompt" }, why.message),
    failed && h("p", {}, BY_CODE[why.code] ?? BY_TYPE[why.type] ?? "Look at the message above."),
    !failed && !isOver(job) && h("p", {}, "It is tried again by itself."),
    facts([
      ["Kind", `${why.type}${why.retryable ? ", may be retried" : ""}`],
      ["While", why.stage],
      ["Billed", BILLED[why.billed] ?? why.billed],
      ["Filtered", safety && `the ${safety.filtered}`],
      ["Categories", safety?.categories?.map(format.words).join(", ")],
      ["Support codes", safety?.support_codes?.join(", ")],
    ]),
  );
}
