/** One picture as large as the window allows, with what it came from; the arrows lead on, Escape leads back. */

import { dialog } from "./dialogs.js";
import { h, replace } from "./dom.js";
import * as format from "./format.js";
import { icon } from "./icons.js";
import * as jobActions from "./job-actions.js";
import { fill } from "./lazy-picture.js";
import { link } from "./pictures.js";
import { savePicture } from "./save.js";
import { button, copyButton, facts, promptText } from "./ui.js";

const SWIPE_PX = 48;

/** The pictures of a job, as {key, job, image}. */
export function itemsOf(job) {
  return job.images.map((image) => ({ key: `${job.id}/${image.index}`, job, image }));
}

/**
 * Enlarge the picture of `key`.
 * @param {string} key
 * @param {{items: () => Array, store: Object, selection?: Object, onnear?: () => void, onclose?: (key: string) => void}}
 *   options `items()`: what can be stepped through; `onnear`: the end is near, load on
 */
export function enlarge(key, { items, store, selection = null, onnear = () => null, onclose = () => null }) {
  const stage = h("div", { class: "stage" });
  const about = h("div", { class: "stage-about" });
  const place = h("p", { class: "hint", role: "status" });
  const back = step("Previous picture", "left", -1);
  const on = step("Next picture", "right", 1);
  const close = button("Close", { iconName: "close", kind: "quiet", iconOnly: true, onclick: () => shown.close() });
  const head = h("div", { class: "stage-head" }, place, close);
  const shown = dialog("Picture", [head, h("div", { class: "stage-frame" }, back, stage, on), about], {
    name: "lightbox",
    actions: [],
  });
  let current = key;
  let touched = null;

  shown.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by && !event.target.closest("input, textarea")) {
      event.preventDefault();
      move(by);
    }
  });
  stage.addEventListener("touchstart", ({ touches: [touch] }) => (touched = touch.clientX), { passive: true });
  stage.addEventListener("touchend", ({ changedTouches: [touch] }) => {
    const by = touch.clientX - touched;
    if (Math.abs(by) > SWIPE_PX) move(by < 0 ? 1 : -1);
  });
  stage.addEventListener("click", (event) => event.target === stage && shown.close());
  shown.addEventListener("close", () => onclose(current));
  draw();

  function step(label, iconName, by) {
    return button(label, {
      iconName,
      iconOnly: true,
      onclick: () => move(by),
      props: { class: `button step-${iconName}` },
    });
  }

  function move(by) {
    const all = items();
    const next = all[all.findIndex((item) => item.key === current) + by];
    if (!next) return;
    current = next.key;
    draw();
  }

  function draw() {
    const all = items();
    const at = all.findIndex((item) => item.key === current);
    const item = all[at];
    if (!item) return shown.close();
    const { job, image } = item;
    back.disabled = at === 0;
    on.disabled = at === all.length - 1;
    place.textContent = `${format.number(at + 1)} of ${format.number(all.length)}`;
    replace(stage, h("span", { class: "stage-wait" }, icon("picture")));
    fill(stage, job, image, "image", () => current === item.key && shown.open);
    replace(about, words(item, { store, selection, leave: () => shown.close() }));
    about.scrollTop = 0;
    const next = all[at + 1];
    if (next) link(next.job.id, next.image.index).catch((error) => console.debug("no link ahead", error));
    if (at > all.length - 6) onnear();
  }
}

function words({ job, image, ...item }, { store, selection, leave }) {
  const pick = selection && h("input", { type: "checkbox", onchange: () => selection.toggle({ job, image, ...item }) });
  if (pick) pick.checked = selection.has(item.key);
  const vary = async () => {
    await jobActions.vary(store, job);
  };
  return [
    promptText(job.prompt, { lines: 8 }),
    h(
      "div",
      { class: "actions" },
      button("Download", { iconName: "download", kind: "primary", onclick: () => savePicture(job, image) }),
      button("Again with changes", { iconName: "again", href: `#/new?from=${encodeURIComponent(job.id)}` }),
      button("Variation", { iconName: "plus", onclick: vary }),
    ),
    h(
      "div",
      { class: "actions stage-quiet" },
      copyButton("Copy address", image.url, { iconName: "link" }),
      copyButton("Copy prompt", job.prompt),
      button("Open the job", { iconName: "queue", kind: "quiet", href: `#/jobs/${job.id}`, onclick: leave }),
    ),
    pick && h("label", { class: "check" }, pick, "Select, to compare or download"),
    facts(factsOf(job, image)),
  ];
}

/** What is to be known of a picture, as [term, value]; values are text, so that they can be compared. */
export function factsOf(job, image) {
  const labels = Object.entries(job.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  return [
    ["Model", job.model],
    ["Seed", image.seed ?? job.seed ?? "not told"],
    ["Cost", image.cost_micros === null ? "unknown" : format.money(image.cost_micros)],
    ["Style", job.style],
    ["Without", job.negative_prompt],
    ["Size", `${image.width} × ${image.height}`],
    ["File", `${image.mime_type.replace("image/", "").toUpperCase()}, ${format.bytes(image.bytes)}`],
    ["Took", job.timings?.total_ms == null ? null : format.duration(job.timings.total_ms)],
    ["Project", job.project_id],
    ["Scene", job.scene_id],
    ["Labels", labels.join(", ")],
    ["Made", format.moment(job.completed_at ?? job.created_at)],
    ["Note", [job.placeholder && "a placeholder", job.cached && "reused", image.problem].filter(Boolean).join(", ")],
  ];
}
