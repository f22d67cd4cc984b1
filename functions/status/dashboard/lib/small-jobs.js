/** Jobs as short lines: what they are about, a note, and what can be done. */

import { h } from "./dom.js";

/**
 * A list of them.
 * @param {string} label
 * @param {Object[]} jobs
 * @param {{noteOf: (job: Object) => string, whyOf?: (job: Object) => string, actionsOf?: (job: Object) => Array}} options
 */
export function smallJobs(label, jobs, { noteOf, whyOf = () => null, actionsOf = () => [] }) {
  return h(
    "ul",
    { role: "list", class: "small-jobs", "aria-label": label },
    jobs.map((job) =>
      h(
        "li",
        { dataset: { id: job.id } },
        h(
          "div",
          {},
          h(
            "a",
            { class: "small-job", dir: "auto", href: `#/jobs/${encodeURIComponent(job.id)}` },
            job.prompt?.trim().slice(0, 160) || job.id,
          ),
          h("p", { class: "hint" }, noteOf(job)),
          whyOf(job) && h("p", { class: "hint small-why", title: whyOf(job) }, whyOf(job)),
        ),
        h("div", { class: "actions" }, actionsOf(job)),
      ),
    ),
  );
}
