/** Two to four pictures side by side, with what they were made of; where they differ is marked. */

import { dialog } from "./dialogs.js";
import { h } from "./dom.js";
import { factsOf } from "./gallery-viewer.js";
import { fill } from "./lazy-picture.js";
import { savePicture } from "./save.js";
import { button } from "./ui.js";

const LONGEST = 3000; // characters of a prompt that are compared word by word
const SHARED = 0.5; // of a prompt's words and the gaps between them
const WORD = /[\p{L}\p{N}\p{M}_'’-]+|\s+|[^\s]/gu;

/** Show these pictures ({job, image}) side by side. */
export function compare(items) {
  const only = h("input", {
    type: "checkbox",
    onchange: () => shown.toggleAttribute("data-differences", only.checked),
  });
  const close = button("Close", { iconName: "close", kind: "quiet", iconOnly: true, onclick: () => shown.close() });
  const head = h("div", { class: "stage-head" }, h("label", { class: "check" }, only, "Differences only"), close);
  const shown = dialog(`${items.length} pictures side by side`, [head, side(items)], { name: "compare", actions: [] });
  return shown;
}

function side(items) {
  const facts = items.map(({ job, image }) => new Map(factsOf(job, image)));
  const terms = [...facts[0].keys()].filter((term) => facts.some((each) => given(each.get(term))));
  const rows = terms.map((term) => {
    const values = facts.map((each) => (given(each.get(term)) ? String(each.get(term)) : "–"));
    return row(term, values, new Set(values).size > 1);
  });
  const prompts = items.map(({ job }) => job.prompt);
  const marked = differing(prompts);
  return h(
    "div",
    { class: "table-wrap", tabindex: "0", role: "group", "aria-label": "Pictures and what they were made of" },
    h(
      "table",
      { class: "compared", style: { "--count": items.length } },
      h("thead", {}, h("tr", {}, h("td", {}), items.map(picture))),
      h("tbody", {}, row("Prompt", marked, new Set(prompts).size > 1), rows),
    ),
  );
}

function picture({ job, image }, at) {
  const frame = h("span", { class: "compared-frame" });
  fill(frame, job, image, "image");
  return h(
    "th",
    { scope: "col" },
    frame,
    h(
      "span",
      { class: "panel-head" },
      h("a", { href: `#/jobs/${job.id}` }, `Picture ${at + 1}`),
      button("Download", {
        iconName: "download",
        kind: "quiet",
        iconOnly: true,
        onclick: () => savePicture(job, image),
      }),
    ),
  );
}

function row(term, values, differs) {
  return h(
    "tr",
    { class: differs ? "differs" : "same" },
    h("th", { scope: "row" }, term, differs ? h("span", { class: "differs-word" }, "differs") : null),
    values.map((value) => h("td", { dir: "auto" }, value)),
  );
}

/** The prompts with the words marked that not all of them have; where hardly any is shared, marks would say nothing. */
function differing(prompts) {
  const split = prompts.map((prompt) => prompt.slice(0, LONGEST).match(WORD) ?? []);
  const sets = split.map((words) => new Set(words.map((word) => word.toLowerCase())));
  const shared = (word) => sets.every((set) => set.has(word.toLowerCase()));
  return split.map((words, at) => {
    const worth = words.filter(shared).length >= words.length * SHARED;
    const shown = words.map((word) => (!worth || shared(word) ? word : h("mark", {}, word)));
    return h("div", { class: "compared-prompt", tabindex: "0" }, shown, prompts[at].length > LONGEST ? "…" : "");
  });
}

function given(value) {
  return value !== null && value !== undefined && value !== "";
}
