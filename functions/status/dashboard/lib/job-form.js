/** The fields of a new job: made, read, filled from an earlier job, and told what is wrong with them. */

import { h } from "./dom.js";
import { modelOptions } from "./model-picker.js";
import { field } from "./ui.js";

const RATIOS = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"];
// Of an earlier job's request, what has no field here but shapes its pictures.
const KEPT = [
  "enhance",
  "width",
  "height",
  "fit",
  "image_size",
  "fallback",
  "allow_placeholder",
  "provider_options",
  "mask",
  "mime_type",
  "compression",
  "job_type",
  "branch_id",
  "shot_id",
];
const USUAL = { enhance: false, fit: "none", allow_placeholder: false, mime_type: "image/png", job_type: "image" };

/** Every field by its name in the request: {control, shown, pointer}. */
export function jobFields(models, styles, store) {
  const options = (values) => values.map(([value, label]) => h("option", { value }, label));
  const projects = h(
    "datalist",
    { id: "form-projects" },
    [...new Set([...store.all()].map((job) => job.project_id))]
      .filter(Boolean)
      .sort()
      .slice(0, 100)
      .map((value) => h("option", { value })),
  );
  const named = (name, label, control, hint) => [
    name,
    { control, shown: field(label, control, { hint }), pointer: `/${name}` },
  ];
  const text = (props) => h("input", { type: "text", autocomplete: "off", spellcheck: "false", ...props });
  const fields = Object.fromEntries([
    named(
      "prompt",
      "Prompt",
      h("textarea", {
        rows: "6",
        dir: "auto",
        required: true,
        placeholder: "A lighthouse in the fog, 35 mm, the lamp just lit",
      }),
    ),
    named(
      "negative_prompt",
      "Without",
      h("textarea", { rows: "2", dir: "auto", class: "short", placeholder: "people, lettering" }),
    ),
    named(
      "style",
      "Style",
      h(
        "select",
        {},
        options([
          ["", "None: the prompt as it is"],
          ...styles.map((style) => [style.id, `${style.id}: ${style.description}`]),
        ]),
      ),
    ),
    named("model", "Model", h("select", {}, modelOptions(models))),
    named(
      "aspect_ratio",
      "Aspect ratio",
      h("select", {}, options([["", "Default"], ...RATIOS.map((ratio) => [ratio, ratio])])),
    ),
    named(
      "n",
      "Pictures",
      h("input", { type: "number", min: "1", max: "10", step: "1", value: "1", inputmode: "numeric" }),
    ),
    named("seed", "Seed", text({ inputmode: "numeric", placeholder: "any" }), "The same seed gives the same picture."),
    named(
      "priority",
      "Lane",
      h(
        "select",
        {},
        options([
          ["interactive", "Interactive"],
          ["batch", "Batch"],
        ]),
      ),
    ),
    named(
      "cache",
      "Reuse",
      h(
        "select",
        {},
        options([
          ["", "Default"],
          ["refresh", "Make it anew"],
          ["off", "Off"],
        ]),
      ),
    ),
    named("project_id", "Project", text({ list: projects.id })),
    named("scene_id", "Scene", text({})),
    named("labels", "Labels", text({ placeholder: "mood=quiet, take=2" })),
  ]);
  fields.project_id.shown.append(projects);
  return fields;
}

/** The request's body as the fields have it. What cannot be sent as its kind is sent as it was typed: the API says why not. */
export function bodyOf(fields, refs) {
  const value = (name) => fields[name].control.value;
  const body = { prompt: value("prompt"), thumbnail: true };
  for (const name of ["negative_prompt", "style", "model", "aspect_ratio", "project_id", "scene_id"])
    if (value(name).trim()) body[name] = value(name).trim();
  if (value("n") !== "1") body.n = whole(value("n"));
  if (value("seed").trim()) body.seed = whole(value("seed").trim());
  if (value("priority") !== "interactive") body.priority = value("priority");
  if (value("cache")) body.cache = value("cache");
  if (value("labels").trim()) body.labels = labelsOf(value("labels"));
  const sources = refs.value();
  if (sources.length) body.references = sources;
  return body;
}

/** Take an earlier job's request into the fields; returns the rest of it. */
export function fill(fields, refs, job) {
  const { control: model } = fields.model;
  const wanted = job.model_requested ?? "";
  if (wanted && ![...model.options].some((option) => option.value === wanted))
    model.append(h("option", { value: wanted }, wanted));
  model.value = wanted;
  for (const name of ["prompt", "negative_prompt", "style", "priority", "project_id", "scene_id", "seed", "n"])
    fields[name].control.value = job[name] ?? "";
  if (!job.width) fields.aspect_ratio.control.value = job.aspect_ratio ?? "";
  fields.labels.control.value = Object.entries(job.labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");
  refs.fill(job.references);
  const isUsual = (name) =>
    job[name] === null ||
    job[name] === USUAL[name] ||
    (typeof job[name] === "object" && Object.keys(job[name]).length === 0);
  return Object.fromEntries(KEPT.filter((name) => !isUsual(name)).map((name) => [name, job[name]]));
}

/** Show each error of a problem at its field; returns those that have none. */
export function showErrors(fields, refs, errors) {
  const left = new Set(errors);
  const take = (pointer, show) => {
    const own = errors.filter((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`));
    for (const error of own) left.delete(error);
    show(own.map((error) => sentence(error.detail)).join(" "));
  };
  for (const each of Object.values(fields)) take(each.pointer, each.shown.error);
  take("/references", refs.error);
  return [...left];
}

function sentence(text) {
  const begun = /^[a-z]+ /.test(text) ? text[0].toUpperCase() + text.slice(1) : text; // a model's id stays as it is
  return `${begun}${/[.!?]$/.test(text) ? "" : "."}`;
}

function whole(text) {
  return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text;
}

function labelsOf(text) {
  const pairs = text
    .split(",")
    .map((pair) => pair.trim())
    .filter(Boolean);
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, ""] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}

/** What is in the fields, to be put back into them by `recall`. */
export function remember(fields, refs) {
  const values = Object.entries(fields).map(([name, { control }]) => [name, control.value]);
  return { values: Object.fromEntries(values), references: refs.value() };
}

/** Put back what `remember` took. */
export function recall(fields, refs, { values, references }) {
  for (const [name, value] of Object.entries(values)) fields[name].control.value = value;
  refs.fill(references);
}
