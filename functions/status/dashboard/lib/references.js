/** Pictures to start from: files that are uploaded at once, and pictures of earlier jobs. */

import { api, isAbort } from "./api.js";
import { h, replace } from "./dom.js";
import * as format from "./format.js";
import { icon } from "./icons.js";
import { preview } from "./pictures.js";
import { button } from "./ui.js";

const TYPES = [
  ["raw", "to start from"],
  ["style", "for its style"],
  ["subject", "for its subject"],
  ["control", "for its structure"],
];
const KINDS = ["image/png", "image/jpeg", "image/webp"];
const MOST_BYTES = 20 * 1024 * 1024;

/** The part of the form; `value()` is the request's `references`, `busy` while an upload is under way. */
export function references(onchange, signal) {
  const items = [];
  const list = h("ul", { role: "list", class: "references" });
  const told = h("div", { class: "field-error", role: "alert" });
  const input = h("input", {
    type: "file",
    accept: KINDS.join(","),
    multiple: true,
    class: "visually-hidden",
    id: "reference-files",
    onchange: () => {
      take(input.files);
      input.value = "";
    },
  });
  const drop = h(
    "label",
    { class: "drop", for: input.id },
    icon("upload"),
    h("span", {}, h("b", {}, "Choose pictures"), " or drop or paste them"),
    h("span", { class: "hint" }, "PNG, JPEG or WebP, at most 20 MiB each"),
  );
  const element = h(
    "div",
    { class: "stack tight" },
    h("div", { class: "label" }, "References"),
    list,
    h("div", {}, input, drop),
    told,
  );
  const dragged = (event) => {
    if (!event.dataTransfer.types.includes("Files")) return; // words are dragged as ever
    event.preventDefault(); // beside the frame, too: a browser would leave the form for the file
    drop.toggleAttribute("data-over", event.type === "dragenter" || event.type === "dragover");
    if (event.type === "drop") take(event.dataTransfer.files);
  };
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) addEventListener(name, dragged, { signal });
  addEventListener("paste", ({ clipboardData: { files } }) => files.length && take(files), { signal });
  signal.addEventListener("abort", () => items.forEach(forget), { once: true });

  function take(files) {
    error("");
    for (const file of files) {
      if (!KINDS.includes(file.type) || file.size > MOST_BYTES || !file.size)
        error(`${file.name} is no PNG, JPEG or WebP of at most 20 MiB.`);
      else upload(file);
    }
  }

  async function upload(file) {
    const src = URL.createObjectURL(file);
    const item = add({ label: file.name, about: format.bytes(file.size), busy: true, src });
    try {
      const place = await api.post("/v1/uploads", { mime_type: file.type, bytes: file.size }, { signal });
      await send(place, file, signal);
      item.source = { upload_id: place.id };
    } catch (why) {
      if (isAbort(why)) return;
      error(why.message);
      return remove(item);
    } finally {
      item.busy = false;
    }
    draw();
    onchange();
  }

  function error(text) {
    told.textContent = text;
  }

  function add(item) {
    items.push({ type: "raw", ...item });
    draw();
    return items.at(-1);
  }

  function forget({ src }) {
    if (src?.startsWith("blob:")) URL.revokeObjectURL(src);
  }

  function remove(item) {
    items.splice(items.indexOf(item), 1);
    forget(item);
    draw();
    onchange();
  }

  function draw() {
    replace(
      list,
      items.map((item) => {
        const kind = h(
          "select",
          { class: "input", "aria-label": `What ${item.label} is for`, onchange: () => (item.type = kind.value) },
          TYPES.map(([value, label]) => h("option", { value, selected: value === item.type }, label)),
        );
        return h(
          "li",
          {},
          h(
            "span",
            { class: "frame" },
            item.src ? h("img", { src: item.src, alt: "", width: 48, height: 48 }) : icon("picture"),
          ),
          h(
            "span",
            { class: "reference-name" },
            item.label,
            h("span", { class: "hint" }, item.busy ? "Uploading…" : item.about),
          ),
          kind,
          button(`Remove ${item.label}`, {
            iconName: "close",
            kind: "quiet",
            iconOnly: true,
            onclick: () => remove(item),
          }),
        );
      }),
    );
    list.hidden = items.length === 0;
  }

  /** Those of an earlier job. */
  function fill(found) {
    for (const { type, description, ...source } of found) {
      const label = source.job_id
        ? `Job ${source.job_id}, picture ${(source.index ?? 0) + 1}`
        : (source.url ?? `Upload ${source.upload_id}`);
      const item = add({ source, label, about: "", type: type ?? "raw", description });
      if (source.job_id) thumbnail(item, source);
    }
  }

  async function thumbnail(item, source) {
    try {
      const job = await api.get(`/v1/jobs/${encodeURIComponent(source.job_id)}`, { signal });
      const image = job.images.find((each) => each.index === (source.index ?? 0));
      if (image) item.src = await preview(job, image);
      draw();
    } catch (error) {
      if (!isAbort(error)) console.debug("no preview of a reference", error); // its icon stays: the API says if it is gone
    }
  }

  draw();
  signal.addEventListener(
    "abort",
    () => items.forEach((item) => item.src?.startsWith("blob:") && URL.revokeObjectURL(item.src)),
    { once: true },
  );
  return {
    element,
    fill,
    value: () =>
      items
        .filter((item) => item.source)
        .map(({ source, type, description }) => ({ ...source, type, ...(description ? { description } : {}) })),
    error,
    get busy() {
      return items.some((item) => item.busy);
    },
  };
}

async function send({ upload_url: url, method, headers }, file, signal) {
  let answer;
  try {
    answer = await fetch(url, { method, headers, body: file, signal });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Error(
      `${file.name} could not be sent: the bucket cannot be reached, or does not take uploads from this page (its CORS settings).`,
    );
  }
  if (!answer.ok) throw new Error(`The upload of ${file.name} was refused (${answer.status}). Try it again.`);
}
