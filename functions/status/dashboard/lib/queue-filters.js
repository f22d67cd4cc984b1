/** The queue's filters; what is chosen is told at once, what is typed once the typing pauses. */

import { h, replace } from "./dom.js";
import { icon } from "./icons.js";
import { choice } from "./ui.js";

const PAUSE_MS = 350;
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
  const typed = (name, label, placeholder, values = null) => {
    const options = values && h("datalist", { id: `known-${name}` });
    const input = h("input", {
      class: "input",
      type: name === "q" ? "search" : "text",
      value: filter[name],
      placeholder,
      "aria-label": label,
      maxlength: "500",
      autocomplete: "off",
      spellcheck: "false",
      list: options?.id,
    });
    let timer = null;
    const tell = () => {
      clearTimeout(timer);
      const value = input.value.trim();
      const usable = name !== "label" || value === "" || /^[^=]+=/.test(value);
      input.setCustomValidity(usable ? "" : "A label is name=value.");
      input.setAttribute("aria-invalid", String(!usable));
      if (usable && value !== filter[name]) onchange({ [name]: value });
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(tell, PAUSE_MS);
    });
    input.addEventListener("change", tell);
    if (options)
      input.addEventListener("focus", () =>
        replace(
          options,
          values().map((value) => h("option", { value })),
        ),
      );
    return [input, options];
  };
  const [search] = typed("q", "Search the prompts", "Search prompts");
  const bar = h(
    "search",
    { class: "filters" },
    choice("State", STATES, filter.status, (status) => onchange({ status })),
    h("div", { class: "filter-search" }, icon("search"), search),
    typed("project_id", "Project", "Project", () => known(store, (job) => [job.project_id])),
    typed("label", "Label, as name=value", "Label: name=value", () =>
      known(store, (job) => Object.entries(job.labels ?? {}).map(([name, value]) => `${name}=${value}`)),
    ),
  );
  bar.search = search;
  return bar;
}

function known(store, valuesOf) {
  const found = new Set();
  for (const job of store.all()) for (const value of valuesOf(job)) if (value) found.add(value);
  return [...found].sort().slice(0, 100);
}
