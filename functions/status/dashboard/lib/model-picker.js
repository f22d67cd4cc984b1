/** The choice of a model: what there is, what the chosen one can do, costs, and when it is switched off. */

import { h, replace } from "./dom.js";
import * as format from "./format.js";
import { facts } from "./ui.js";

const SOON_DAYS = 90;

/** The options of a select: the aliases first, then each model by its provider. */
export function modelOptions({ default: usual, aliases, models }) {
  const left = models.filter((model) => !model.retired);
  const providers = [...new Set(left.map((model) => model.provider))];
  return [
    h("option", { value: "" }, `Default (${usual})`),
    h(
      "optgroup",
      { label: "By quality" },
      Object.entries(aliases).map(([alias, id]) => h("option", { value: alias }, `${alias}: ${id}`)),
    ),
    providers.map((provider) =>
      h(
        "optgroup",
        { label: provider },
        left.filter((model) => model.provider === provider).map((model) => h("option", { value: model.id }, model.id)),
      ),
    ),
  ];
}

/** What is to be known of the model that `select` names. */
export function modelFacts({ default: usual, aliases, models }, select) {
  const element = h("div", { class: "model-facts", "aria-live": "polite" });
  let isOpen = false;
  const show = () => {
    const name = select.value || usual;
    const model = models.find((each) => each.id === (aliases[name] ?? name));
    if (!model) return replace(element);
    replace(
      element,
      sunset(model),
      facts([["Price", prices(model)]]),
      h(
        "details",
        { open: isOpen, ontoggle: (event) => (isOpen = event.target.open) },
        h("summary", {}, "What it can do"),
        abilities(model),
      ),
    );
  };
  return { element, show };
}

function abilities(model) {
  return facts([
    ["Ratios", model.aspect_ratios.join("  ")],
    [
      "Takes",
      model.max_references
        ? `${model.min_references} to ${model.max_references} pictures to start from`
        : "no pictures to start from",
    ],
    ["Pictures", `at most ${model.max_images}`],
    ["Can", model.capabilities.map(format.words).join(", ")],
  ]);
}

function prices(model) {
  return Object.entries(model.prices_micros)
    .map(([size, micros]) => `${size} ${format.money(micros)}`)
    .join(" · ");
}

/** A notice where the model's end is near, or past. */
function sunset(model) {
  if (model.days_left === null || model.days_left > SOON_DAYS) return null;
  const next = model.successor ? ` ${model.successor} takes its place.` : " Nothing takes its place.";
  const when =
    model.days_left < 0
      ? `Announced as switched off since ${format.date(model.sunset)}.`
      : `Switched off on ${format.date(model.sunset)}, in ${format.count(model.days_left, "day")}.`;
  return h("p", { class: "notice", "data-tone": model.days_left < 0 ? "failed" : "working" }, when + next);
}
