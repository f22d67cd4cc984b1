/** One storyboard: its scenes in order, each with its picture, live; its versions, its cost, its files. */

import { api, isAbort } from "./api.js";
import { titleOf } from "./board-cards.js";
import { now } from "./clock.js";
import { countsBar } from "./counts-bar.js";
import { h, replace } from "./dom.js";
import { followBoard } from "./follow-board.js";
import * as format from "./format.js";
import { enlarge } from "./gallery-viewer.js";
import { icon } from "./icons.js";
import * as keys from "./keys.js";
import { tellError, toast } from "./messages.js";
import { regenerate } from "./regenerate.js";
import { saveAnswer } from "./save.js";
import { itemOf, sceneCard } from "./scene-card.js";
import { isOver } from "./states.js";
import { badge, button, copyButton, pageHead, promptText, skeleton, stat } from "./ui.js";

const TITLE = 80; // characters

/** Show the storyboard. */
export async function showStoryboard(root, id, { title, signal, store }) {
  replace(root, pageHead("Storyboard"), skeleton("20rem"));
  const path = `/v1/storyboards/${encodeURIComponent(id)}`;
  let board = await api.get(path, { signal });
  title(titleOf(board).slice(0, TITLE));
  const [head, figures, versions] = [h("div"), h("div"), h("nav", { "aria-label": "Versions" })];
  const list = h("ol", { role: "list", class: "scenes" });
  const cards = [];
  const stream = followBoard(
    id,
    (told) => {
      board = told;
      draw();
    },
    tellError,
    signal,
  );
  replace(root, h("div", { class: "stack board" }, head, versions, figures, list));

  const command = (verb, said) => async () => {
    board = await api.post(`${path}/${verb}`);
    toast(said);
    draw();
    stream.again();
  };
  const commands = {
    cancel: command("cancel", "What has not ended is stopped."),
    retry: command("retry", "What failed is queued again."),
  };
  const open = (key) =>
    enlarge(key, { items: () => board.scenes.map((scene) => itemOf(scene, store)).filter(Boolean), store });
  const again = (scene) =>
    regenerate(id, scene, (job) => {
      store.put(job);
      stream.again();
    });

  let headed = null;
  function draw() {
    const key = JSON.stringify([board.status, board.stage, board.cancel_requested, board.counts.failed]);
    if (key !== headed) replace(head, header(board, path, commands));
    headed = key;
    replace(figures, numbers(board));
    while (cards.length > board.scenes.length) cards.pop().element.remove();
    board.scenes.forEach((scene, at) => {
      if (!cards[at]) {
        cards[at] = sceneCard({ onopen: open, onagain: again, store });
        list.append(cards[at].element);
      }
      cards[at].draw(scene, board);
    });
    if (!board.scenes.length && !isOver(board))
      replace(
        list,
        h(
          "li",
          { class: "scene-writing" },
          skeleton("12rem"),
          h("p", { class: "hint" }, "Its scenes are being written."),
        ),
      );
    else list.querySelector(".scene-writing")?.remove();
  }

  store.subscribe((changed) => {
    if ([...changed].some((each) => each === id || store.get(each)?.parent_id === id)) stream.again();
  }, signal);
  keys.stepThrough(list, ".picture-button", signal);
  draw();
  knowJobs(id, store, signal);
  showVersions(versions, board, signal);
}

/** The viewer shows more of a picture than the storyboard tells. */
async function knowJobs(id, store, signal) {
  try {
    const page = await api.get("/v1/jobs", { query: { parent_id: id, page_size: 100 }, signal });
    store.putAll(page.jobs);
  } catch (error) {
    if (!isAbort(error)) console.debug("the pictures' jobs are not known", error); // the viewer shows what the scenes tell
  }
}

async function showVersions(element, board, signal) {
  try {
    const { storyboards } = await api.get("/v1/storyboards", {
      query: { version_of: board.id, page_size: 50 },
      signal,
    });
    if (storyboards.length < 2) return;
    const links = storyboards
      .toSorted((a, b) => a.version - b.version)
      .map((each) =>
        h(
          "a",
          {
            href: `#/boards/storyboards/${each.id}`,
            "aria-current": each.id === board.id ? "true" : null,
            title: titleOf(each),
          },
          `Version ${each.version}`,
        ),
      );
    replace(element, h("div", { class: "tabs" }, links));
  } catch (error) {
    if (!isAbort(error)) tellError(error);
  }
}

function header(board, path, { cancel, retry }) {
  const failed = board.status === "failed" || board.counts.failed > 0;
  const words = board.prompt?.trim() ?? "";
  const actions = [
    failed && isOver(board) && button("Retry what failed", { kind: "primary", iconName: "retry", onclick: retry }),
    !isOver(board) && !board.cancel_requested && button("Cancel", { iconName: "stop", onclick: cancel }),
    board.scenes.length > 0 &&
      button("Scenes, JSON", { iconName: "download", onclick: () => saveAnswer(`${path}/scenes.json`, "scenes.json") }),
    board.scenes.length > 0 &&
      button("Scenes, Markdown", { iconName: "download", onclick: () => saveAnswer(`${path}/scenes.md`, "scenes.md") }),
    copyButton("Copy id", board.id),
  ].filter(Boolean);
  const head = pageHead(short(titleOf(board)), { actions });
  head.querySelector("h1").dir = "auto";
  const about = [
    board.project_id,
    board.written_by && `written by ${board.written_by}`,
    board.style && `style ${format.words(board.style)}`,
    board.cancel_requested && !isOver(board) && "being stopped",
    `asked for ${format.ago(board.created_at, now())}`,
  ];
  return [
    h("a", { class: "back", href: "#/boards" }, icon("left"), "Storyboards"),
    head,
    h(
      "p",
      { class: "state-line", "data-testid": "state" },
      badge(board.status),
      h("span", { class: "hint" }, about.filter(Boolean).join(" · ")),
    ),
    words.length > TITLE && promptText(words, { lines: 4 }),
    board.failure &&
      h(
        "p",
        { class: "notice", "data-tone": "failed" },
        `${format.words(board.failure.code)}: ${board.failure.message}`,
      ),
  ];
}

function numbers(board) {
  const { text_micros: text, estimated_micros: estimated, actual_micros: actual, counted_micros: counted } = board.cost;
  const over = isOver(board);
  return h(
    "section",
    { class: "panel", "aria-label": "How far it is, and what it costs" },
    board.render && countsBar(board.counts, { total: board.scene_count }),
    h(
      "div",
      { class: "board-stats" },
      stat("Scenes", format.number(board.scene_count)),
      board.written_by && stat("Writing", over || board.stage !== "writing" ? format.money(text) : "…"),
      stat("Estimated", format.money(estimated)),
      stat(
        "Billed",
        over || actual !== null ? format.money(actual) : "…",
        actual === null && counted > 0 ? `${format.money(counted)} counts against budgets` : over ? null : "so far",
      ),
    ),
  );
}

function short(text) {
  const letters = Array.from(text.slice(0, 2 * TITLE)); // whole characters: half an emoji is none
  return letters.length > TITLE ? `${letters.slice(0, TITLE).join("")}…` : text;
}
