/** The queue's filters; what is chosen is told at once, what is typed once the typing pauses. */

import { h } from "./dom.js";
import { known, knownLabels, searchInput, typed } from "./filter-inputs.js";
import { choice } from "./ui.js";

const STATES = [
  ["", "All"],
  ["active", "Active"],
  ["completed", "Completed"],
  ["failed", "Failed"],
  ["canceled", "Canceled"],
];

/**
 * @param {{status: string, project_id: string, label: string, q: string}} filter as it is at first
 * @param {import("./store.js").JobStore} store whose projects and labels are suggested
 * @param {(changed: Object) => void} onchange
 */
export function filterBar(filter, store, onchange) {
  const { search, element } = searchInput(filter, onchange, "Search the prompts", "Search prompts, or paste an id");
  const bar = h(
    "search",
    { class: "filters" },
    choice("State", STATES, filter.status, (status) => onchange({ status })),
    element,
    typed(filter, "project_id", "Project", "Project", onchange, () => known(store, (job) => [job.project_id])),
    typed(filter, "label", "Label, as name=value", "Label: name=value", onchange, () => knownLabels(store)),
  );
  bar.search = search;
  return bar;
}
