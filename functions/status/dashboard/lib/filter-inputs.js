/** Inputs that filter a list: what is typed is told once the typing pauses, and known values are suggested. */

import { h, replace } from "./dom.js";
import { icon } from "./icons.js";

const PAUSE_MS = 350;
const MOST = 100; // suggestions

/**
 * An input, and its suggestions where `values` has some.
 * @param {Object} filter its value is `filter[name]`
 * @param {string} name `label` must be name=value
 * @param {string} label what it is called
 * @param {string} placeholder
 * @param {(changed: Object) => void} onchange told {[name]: value}
 * @param {(() => string[])|null} [values]
 * @returns {HTMLElement[]} the input first
 */
export function typed(filter, name, label, placeholder, onchange, values = null) {
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
  return options ? [input, options] : [input];
}

/** The input for words of a prompt, with its lens; `search` is the input itself. */
export function searchInput(filter, onchange, label = "Search the prompts", placeholder = "Search prompts") {
  const [search] = typed(filter, "q", label, placeholder, onchange);
  return { search, element: h("div", { class: "filter-search" }, icon("search"), search) };
}

/** What the jobs of the store have, sorted: `valuesOf(job)` → some of it. */
export function known(store, valuesOf) {
  const found = new Set();
  for (const job of store.all()) for (const value of valuesOf(job)) if (value) found.add(value);
  return [...found].sort((a, b) => a.localeCompare(b, undefined, { numeric: true })).slice(0, MOST);
}

/** The labels of the store's jobs, as name=value. */
export function knownLabels(store) {
  return known(store, (job) => Object.entries(job.labels ?? {}).map(([name, value]) => `${name}=${value}`));
}
