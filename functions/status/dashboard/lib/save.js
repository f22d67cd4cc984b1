/** Files onto the reader's disk: pictures by links that a browser saves, answers of the API by their bytes. */

import { address, credentials, pause, problemOf } from "./api.js";
import { h } from "./dom.js";
import * as format from "./format.js";
import { toast } from "./messages.js";
import { link } from "./pictures.js";

const BETWEEN_MS = 900; // a browser gives up one download's request where the next begins at once

/** Save one picture. */
export async function savePicture(job, image) {
  open(await link(job.id, image.index, "download"));
}

/** Save these pictures, one after the other; what could not be had is told, and keeps no other back. */
export async function savePictures(items, signal) {
  const lost = [];
  for (const [at, { job, image }] of items.entries()) {
    if (at > 0) await pause(BETWEEN_MS, signal);
    try {
      await savePicture(job, image);
    } catch (error) {
      lost.push(error.message);
    }
  }
  const saved = items.length - lost.length;
  if (saved) toast(`${format.count(saved, "picture")} handed to the browser to save.`);
  if (lost.length) toast(`${format.count(lost.length, "picture")} could not be had: ${lost[0]}`, "error");
}

/** Save what a GET of the API answers, under `name`. */
export async function saveAnswer(path, name) {
  const response = await fetch(address(path), { headers: credentials(), cache: "no-store" });
  if (!response.ok) throw await problemOf(response);
  const url = URL.createObjectURL(await response.blob());
  open(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function open(href, name = "") {
  h("a", { href, download: name, rel: "noopener" }).click();
}
