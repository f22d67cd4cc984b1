/** A job's pictures as a contact sheet; empty frames while they are being made. */

import { isOver } from "./states.js";
import { dialog } from "./dialogs.js";
import { h, replace } from "./dom.js";
import * as format from "./format.js";
import { icon } from "./icons.js";
import { link } from "./pictures.js";
import { button, copyButton } from "./ui.js";

/** What a job has of pictures, and why others did not come. Nothing where it never will have any. */
export function pictures(job) {
  const frames = [...job.images.map((image) => figure(job, image)), ...job.missing.map(kept)];
  if (!frames.length && isOver(job)) return null;
  if (!frames.length) frames.push(...Array.from({ length: job.n }, () => undeveloped(job)));
  return h("section", { class: "sheet", "aria-label": "Pictures", "data-count": Math.min(frames.length, 3) }, frames);
}

/** A picture of a job as an element; it asks for its link by itself, and says where it cannot be had. */
export function picture(job, image, kind = "image") {
  const shown = h("span", { class: "picture", style: { "aspect-ratio": `${image.width} / ${image.height}` } });
  const failed = (why) => replace(shown, h("span", { class: "hint" }, why));
  const alt = `Picture ${image.index + 1}: ${job.prompt.slice(0, 120)}`;
  link(job.id, image.index, kind).then(
    (src) =>
      replace(
        shown,
        h("img", {
          src,
          alt,
          width: image.width,
          height: image.height,
          decoding: "async",
          onerror: () => failed("The picture could not be loaded."),
        }),
      ),
    (error) => failed(error.message),
  );
  return shown;
}

/** Show a picture as large as the window. */
export function enlarge(job, image) {
  const shown = dialog(`Picture ${image.index + 1}`, picture(job, image), { name: "viewer" });
  shown.querySelector(".picture").addEventListener("click", () => shown.close());
}

function figure(job, image) {
  const download = async () => {
    const hidden = h("a", { href: await link(job.id, image.index, "download"), download: "", rel: "noopener" });
    hidden.click();
  };
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
      onclick: () => enlarge(job, image),
    },
    picture(job, image),
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
        button("Download", { iconName: "download", kind: "quiet", iconOnly: true, onclick: download }),
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
