/** A storyboard and a batch as cards of the overview. */

import { countsBar } from "./counts-bar.js";
import { h, replace } from "./dom.js";
import * as format from "./format.js";
import { icon } from "./icons.js";
import { badge, skeleton } from "./ui.js";
import { now } from "./clock.js";

const MOST_FRAMES = 8;

/** A storyboard: what it is about, and its scenes as a strip of film. `show(element, job, image)` fills a frame. */
export function storyboardCard(board, show) {
  const state = h("span", {}, badge(board.status));
  const strip = h("div", { class: "strip" }, skeleton("5rem"));
  const about = [
    board.project_id,
    format.count(board.scene_count, "scene"),
    board.version > 1 && `version ${board.version}`,
    format.ago(board.created_at, now()),
  ];
  const element = card(`#/boards/storyboards/${board.id}`, titleOf(board), state, about, strip);
  const fill = (whole, error = null) => {
    if (error) return replace(strip, h("p", { class: "hint" }, error.message));
    replace(state, badge(whole.status));
    replace(strip, frames(whole, show));
  };
  return { element, fill };
}

/** A batch: how many of its jobs are where. */
export function batchCard(batch) {
  const state = h("span", {}, badge(batch.status));
  const body = h("div", {}, batch.counts ? countsBar(batch.counts) : skeleton("3rem"));
  const labels = Object.entries(batch.labels).map(([name, value]) => `${name}=${value}`);
  const about = [...labels, batch.user_id, format.ago(batch.created_at, now())];
  const element = card(
    `#/boards/batches/${batch.id}`,
    `Batch of ${format.count(batch.jobs, "job")}`,
    state,
    about,
    body,
  );
  const fill = (whole, error = null) => {
    if (error) return replace(body, h("p", { class: "hint" }, error.message));
    replace(state, badge(whole.status));
    replace(body, countsBar(whole.counts));
  };
  return { element, fill };
}

/** What a storyboard is about; one of given scenes has no words of its own. */
export function titleOf(board) {
  const text = (board.prompt ?? "").replace(/\s+/g, " ").trim();
  return text || `${format.count(board.scene_count, "scene")} of ${board.project_id ?? "your own words"}`;
}

function card(href, title, state, about, body) {
  return h(
    "li",
    { class: "card" },
    h("div", { class: "card-head" }, h("h2", {}, h("a", { href, dir: "auto" }, title.slice(0, 200))), state),
    h("p", { class: "hint" }, about.filter(Boolean).join(" · ")),
    body,
  );
}

function frames(board, show) {
  if (!board.scenes.length) return h("p", { class: "hint" }, board.failure?.message ?? "Its scenes are being written.");
  if (!board.render) return h("p", { class: "hint card-lines", dir: "auto" }, board.scenes[0].prompt);
  const shown = board.scenes.slice(0, MOST_FRAMES).map((scene) => {
    const frame = h("span", { class: "strip-frame", "data-tone": scene.status === "failed" ? "failed" : null });
    const image = scene.images[0];
    if (image) show(frame, { id: scene.job_id, prompt: scene.prompt, images: scene.images }, image);
    else frame.append(icon(scene.status === "failed" ? "alert" : scene.status === "canceled" ? "stop" : "clock"));
    return frame;
  });
  const more = board.scenes.length - MOST_FRAMES;
  return [shown, more > 0 ? h("span", { class: "strip-more hint" }, `+ ${more}`) : null];
}
