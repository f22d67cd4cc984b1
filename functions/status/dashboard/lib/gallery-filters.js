/** The gallery's filters: words, project, scene, label and model. */

import { h } from "./dom.js";
import { known, knownLabels, searchInput, typed } from "./filter-inputs.js";

/** The names of the filters, as they stand in the address. */
export const NAMES = ["q", "project_id", "scene_id", "label", "model"];

/**
 * @param {Object} filter as it is at first
 * @param {import("./store.js").JobStore} store whose projects, scenes, labels and models are suggested
 * @param {(changed: Object) => void} onchange
 */
export function galleryFilters(filter, store, onchange) {
  const { search, element } = searchInput(filter, onchange);
  const of = (name) => () => known(store, (job) => [job[name]]);
  const inScope = (name) => () =>
    known(store, (job) => (filter.project_id && job.project_id !== filter.project_id ? [] : [job[name]]));
  const bar = h(
    "search",
    { class: "filters gallery-filters" },
    element,
    typed(filter, "project_id", "Project", "Project", onchange, of("project_id")),
    typed(filter, "scene_id", "Scene", "Scene", onchange, inScope("scene_id")),
    typed(filter, "label", "Label, as name=value", "label=value", onchange, () => knownLabels(store)),
    typed(filter, "model", "Model", "Model", onchange, of("model")),
  );
  bar.search = search;
  return bar;
}
