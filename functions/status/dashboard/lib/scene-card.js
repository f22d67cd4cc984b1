/** A scene of a storyboard: its number, its picture, its words, and what can be done with it. */

import { h, replace } from "./dom.js";
import * as format from "./format.js";
import { icon } from "./icons.js";
import { fill } from "./lazy-picture.js";
import { isOver } from "./states.js";
import { badge, button, promptText } from "./ui.js";

/** A scene's picture as the gallery's viewer wants it, or null. */
export function itemOf(scene, store) {
  const image = scene.images[0];
  if (!image) return null;
  const job = store.get(scene.job_id) ?? asJob(scene);
  return { key: `${scene.job_id}/${image.index}`, job, image };
}

/**
 * @param {{onopen: (key: string) => void, onagain: (scene: Object) => void, store: Object}} options
 * @returns {{element: HTMLElement, draw: (scene: Object, board: Object) => void}}
 */
export function sceneCard({ onopen, onagain, store }) {
  const frame = h("div", { class: "scene-frame" });
  const words = h("div", { class: "scene-words" });
  const element = h("li", { class: "scene" }, frame, words);
  let pictured = null;
  let worded = null;

  function draw(scene, board) {
    const item = itemOf(scene, store);
    const picture = JSON.stringify([item?.key, scene.status, ratioOf(board, item)]);
    if (picture !== pictured) drawFrame(scene, board, item);
    pictured = picture;
    const key = JSON.stringify([
      scene.prompt,
      scene.negative_prompt,
      scene.status,
      scene.failure,
      scene.cost_micros,
      scene.job_id,
    ]);
    if (key !== worded) replace(words, about(scene, board));
    worded = key;
    element.dataset.testid = `scene-${scene.index}`;
  }

  function drawFrame(scene, board, item) {
    frame.hidden = !board.render;
    frame.style.aspectRatio = ratioOf(board, item);
    if (!item) return replace(frame, waiting(scene));
    const open = h("button", {
      class: "picture-button",
      type: "button",
      "aria-label": `Enlarge scene ${scene.index + 1}`,
    });
    open.addEventListener("click", () => onopen(item.key));
    replace(frame, open);
    fill(open, item.job, item.image, item.image.thumbnail ? "thumbnail" : "image");
  }

  function about(scene, board) {
    const figures = [scene.model, scene.seed !== null && `seed ${scene.seed}`, costOf(scene)];
    const redo = scene.job_id && isOver({ status: scene.status });
    return [
      h(
        "div",
        { class: "scene-head" },
        h(
          "h2",
          {},
          `Scene ${scene.index + 1}`,
          scene.scene_id === String(scene.index + 1) ? null : ` · ${scene.scene_id}`,
        ),
        scene.status && badge(scene.status),
      ),
      promptText(scene.prompt, { lines: 4 }),
      scene.negative_prompt && h("p", { class: "hint", dir: "auto" }, "Without: ", scene.negative_prompt.slice(0, 300)),
      scene.failure &&
        scene.status === "failed" &&
        h("p", { class: "field-error" }, `${format.words(scene.failure.code)}: ${scene.failure.message.slice(0, 400)}`),
      h("p", { class: "hint" }, figures.filter(Boolean).join(" · ")),
      h(
        "div",
        { class: "actions" },
        redo && button("Regenerate", { iconName: "retry", onclick: () => onagain(scene) }),
        scene.job_id && button("Job", { iconName: "queue", kind: "quiet", href: `#/jobs/${scene.job_id}` }),
      ),
    ];
  }

  return { element, draw };
}

function waiting(scene) {
  if (scene.status === "failed") return h("span", { class: "scene-lost" }, icon("alert"), "No picture");
  if (scene.status === "canceled") return h("span", { class: "scene-lost" }, icon("stop"), "Canceled");
  return h("span", { class: "undeveloped", role: "img", "aria-label": "Not developed yet" });
}

function ratioOf({ render, scenes }, own) {
  const item = own ?? { image: scenes.find((scene) => scene.images.length)?.images[0] }; // as its neighbours
  if (item.image) return `${item.image.width} / ${item.image.height}`;
  if (render?.width) return `${render.width} / ${render.height}`;
  return (render?.aspect_ratio ?? "1:1").replace(":", " / ");
}

function costOf(scene) {
  if (!scene.job_id || !isOver({ status: scene.status })) return null;
  return scene.cost_micros === null ? "cost unknown" : format.money(scene.cost_micros);
}

/** As much of a job as the viewer shows, where the job itself is not known here. */
function asJob(scene) {
  return { ...scene, id: scene.job_id, labels: {}, timings: null };
}
