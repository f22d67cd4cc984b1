/** What a job was asked for, told and billed: the panels beside its pictures. */

import { h } from "./dom.js";
import * as format from "./format.js";
import { isOver } from "./states.js";
import { copyButton, facts, promptText, table, timeOf } from "./ui.js";

/** The user's words, and the model's where they differ. */
export function words(job) {
  const changed = job.prompt_used && job.prompt_used !== job.prompt;
  return panel(
    "Prompt",
    [
      promptText(job.prompt),
      job.negative_prompt && [h("h3", {}, "Without"), promptText(job.negative_prompt, { lines: 3 })],
      changed && [
        h("h3", {}, "What the model was told"),
        promptText(job.prompt_used, { lines: 4 }),
        job.prompt_changed_by.length
          ? h("p", { class: "hint" }, `changed by ${job.prompt_changed_by.join(", ")}`)
          : null,
      ],
    ],
    copyButton("Copy the prompt", job.prompt, { iconOnly: true }),
  );
}

/** What it costs, call by call. */
export function cost(job) {
  const { estimated_micros, actual_micros, counted_micros, items } = job.cost;
  const billed = (micros) => (micros === null && !isOver(job) ? "…" : format.money(micros)); // told once it is known
  const columns = [
    { label: "Attempt", cell: (item) => item.attempt },
    { label: "Estimated", number: true, cell: (item) => format.money(item.estimated_micros) },
    { label: "Billed", number: true, cell: (item) => billed(item.actual_micros) },
  ];
  return panel("Cost", [
    facts([
      ["Estimated", format.money(estimated_micros)],
      ["Billed", billed(actual_micros)],
      ["Counts against budgets", format.money(counted_micros)],
    ]),
    items.length > 0 && table("Paid calls", columns, items),
  ]);
}

/** What was asked for. */
export function request(job) {
  const sized = job.width
    ? `${job.width} × ${job.height}, ${job.fit}`
    : [job.aspect_ratio, job.image_size].filter(Boolean).join(", ");
  return panel(
    "Request",
    facts([
      ["Model", job.job_type === "storyboard" ? null : job.model],
      ["Asked for as", job.model_requested !== job.model ? job.model_requested : null],
      ["Falls back to", job.fallback.join(", ")],
      ["Style", job.style],
      ["Size", sized],
      ["Pictures", job.n],
      ["Seed", job.seed],
      ["Starts from", job.references.length ? job.references.map(source) : null],
      ["Mask", job.mask && source(job.mask)],
      ["Variation of", job.variation_of && h("a", { href: `#/jobs/${job.variation_of}` }, job.variation_of)],
      ["Kind", format.words(job.job_type)],
      ["Lane", job.priority],
      ["Reuse", job.cache],
      ["Format", job.mime_type],
      ["Attempts", job.attempt_count],
    ]),
  );
}

/** Where it belongs, who asked for it, and when. */
export function placement(job) {
  const labels = Object.entries(job.labels).map(([name, value]) =>
    h(
      "a",
      { class: "chip", href: `#/queue?${new URLSearchParams({ label: `${name}=${value}` })}` },
      `${name}=${value}`,
    ),
  );
  return panel(
    "Where and when",
    facts([
      ["Id", [h("span", { class: "mono" }, job.id)]],
      [
        "Project",
        job.project_id &&
          h("a", { href: `#/queue?${new URLSearchParams({ project_id: job.project_id })}` }, job.project_id),
      ],
      ["Branch", job.branch_id],
      ["Scene", job.scene_id],
      ["Shot", job.shot_id],
      [
        "Part of",
        job.parent_id &&
          h("a", { href: `#/boards/${job.parent_id}` }, job.parent_id, `, number ${(job.parent_index ?? 0) + 1}`),
      ],
      ["Labels", labels.length ? h("span", { class: "actions" }, labels) : null],
      ["Asked for by", job.user_id],
      ["Workflow", job.workflow_id],
      ["Key", job.idempotency_key],
      ["Dialect", job.dialect],
      ["Asked for", timeOf(job.created_at)],
      ["Not before", job.not_before && timeOf(job.not_before)],
      ["Deadline", job.deadline && timeOf(job.deadline)],
      ["Ended", job.completed_at && timeOf(job.completed_at)],
    ]),
  );
}

function source(reference) {
  const kind = reference.type && reference.type !== "raw" ? ` (${reference.type})` : "";
  if (reference.job_id)
    return h("div", {}, h("a", { href: `#/jobs/${reference.job_id}` }, `job ${reference.job_id}`), kind);
  return h("div", {}, reference.upload_id ? `upload ${reference.upload_id}` : reference.url, kind);
}

function panel(title, children, action = null) {
  return h("section", { class: "panel" }, h("div", { class: "panel-head" }, h("h2", {}, title), action), children);
}
