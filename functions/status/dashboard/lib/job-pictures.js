/** A job's pictures as a contact sheet; empty frames while they are being made. */

import { h } from "./dom.js";
import * as format from "./format.js";
import { enlarge, itemsOf } from "./gallery-viewer.js";
import { icon } from "./icons.js";
import { fill } from "./lazy-picture.js";
import { savePicture } from "./save.js";
import { isOver } from "./states.js";
import { button, copyButton } from "./ui.js";

/** What a job has of pictures, and why others did not come. Nothing where it never will have any. */
export function pictures(job, store) {
  const frames = [...job.images.map((image) => figure(job, image, store)), ...job.missing.map(kept)];
  if (!frames.length && isOver(job)) return null;
  if (!frames.length) frames.push(...Array.from({ length: job.n }, () => undeveloped(job)));
  return h("section", { class: "sheet", "aria-label": "Pictures", "data-count": Math.min(frames.length, 3) }, frames);
}

function figure(job, image, store) {
  const shown = h("span", { class: "picture", style: { "aspect-ratio": `${image.width} / ${image.height}` } });
  fill(shown, job, image, "image");
  const save = () => savePicture(job, image);
  const look = () => enlarge(`${job.id}/${image.index}`, { items: () => itemsOf(store.get(job.id) ?? job), store });
  const about = [
    `${image.width} × ${image.height}`,
    format.bytes(image.bytes),
    image.seed != null && `seed ${image.seed}`,
    image.cost_micros != null && format.money(image.cost_micros),
  ];
  const open = h(
    "button",
    {
      class: "picture-button",
      type: "button",
      "aria-label": `Enlarge picture ${image.index + 1}`,
      onclick: look,
    },
    shown,
  );
  return h(
    "figure",
    {},
    open,
    h(
      "figcaption",
      {},
      h(
        "span",
        { class: "hint" },
        about.filter(Boolean).join(" · "),
        image.problem && h("span", { class: "field-error" }, ` ${image.problem}`),
      ),
      h(
        "span",
        { class: "actions" },
        button("Download", { iconName: "download", kind: "quiet", iconOnly: true, onclick: save }),
        copyButton("Copy the picture's address", image.url, { iconOnly: true, iconName: "link" }),
      ),
    ),
  );
}

function kept(missing) {
  return h(
    "div",
    { class: "picture kept" },
    icon("alert"),
    h("strong", {}, format.words(missing.code)),
    h("p", { class: "hint" }, missing.message),
  );
}

function undeveloped(job) {
  const [width, height] = job.width ? [job.width, job.height] : job.aspect_ratio.split(":");
  return h("div", {
    class: "picture undeveloped",
    role: "img",
    "aria-label": "Not developed yet",
    style: { "aspect-ratio": `${width} / ${height}` },
  });
}
