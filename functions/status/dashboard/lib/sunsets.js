/** Which models are switched off when, and what takes their place. */

import { h } from "./dom.js";
import * as format from "./format.js";
import { table } from "./ui.js";

/** Days before its end from which a model wants attention. */
export const SOON_DAYS = 60;

/** The models with an end in sight that still run, the nearest first. */
export function ending(models) {
  return models.filter((model) => model.days_left !== null && !model.retired).sort((a, b) => a.days_left - b.days_left);
}

/** The panel. */
export function sunsets({ models }) {
  const found = ending(models);
  const rest = models.filter((model) => model.days_left === null && !model.retired).length;
  const columns = [
    {
      label: "Model",
      cell: (model) => [
        h("span", { class: "mono" }, model.id),
        model.default ? h("span", { class: "hint" }, " the default") : null,
        model.aliases.length ? h("div", { class: "hint" }, `also ${model.aliases.join(", ")}`) : null,
      ],
    },
    { label: "Switched off", cell: (model) => [format.date(model.sunset), h("div", {}, left(model.days_left))] },
    {
      label: "Then",
      cell: (model) => (model.successor ? h("span", { class: "mono" }, model.successor) : "nothing takes its place"),
    },
  ];
  return h(
    "section",
    { class: "panel", id: "sunsets" },
    h("h2", {}, "Models that end"),
    found.length
      ? table("Models with an announced end", columns, found)
      : h("p", { class: "hint" }, "No end of any model is announced."),
    found.length && rest
      ? h("p", { class: "hint sunset-rest" }, `Of ${format.count(rest, "other model")} no end is announced.`)
      : null,
  );
}

function left(days) {
  if (days < 0) return h("span", { class: "badge", "data-tone": "failed" }, `${format.count(-days, "day")} past`);
  return h(
    "span",
    { class: "badge", "data-tone": days <= SOON_DAYS ? "working" : "done" },
    `in ${format.count(days, "day")}`,
  );
}
