/** Boards: storyboards with their scenes in order, and batches with their items. */

import { api } from "../lib/api.js";
import { showBatch } from "../lib/batch.js";
import { batchCard, storyboardCard } from "../lib/board-cards.js";
import { cardList } from "../lib/card-list.js";
import { h, replace } from "../lib/dom.js";
import { known, searchInput, typed } from "../lib/filter-inputs.js";
import * as keys from "../lib/keys.js";
import { lazily } from "../lib/lazy-picture.js";
import { setQuery } from "../lib/router.js";
import { showStoryboard } from "../lib/storyboard.js";
import { button, choice, empty, pageHead } from "../lib/ui.js";

const KINDS = [
  ["storyboards", "Storyboards"],
  ["batches", "Batches"],
];
const SOON_MS = 1500;

/** Show the overview, or the one that the route names. */
export async function show(root, context) {
  const [kind, id] = context.params;
  if (!kind) return overview(root, context);
  if (id && kind === "storyboards") return showStoryboard(root, id, context);
  if (id && kind === "batches") return showBatch(root, id, context);
  if (id) throw new Error(`There are no boards of the kind “${kind}”; there are storyboards and batches.`);
  if (kind === "storyboards" || kind === "batches") return location.replace(`#/boards?kind=${kind}`);
  return location.replace(`#/boards/${await kindOf(kind, context)}/${encodeURIComponent(kind)}`);
}

/** Of which kind an id is, where only that is known: as the jobs that are known here let expect, else the other. */
async function kindOf(id, { signal, store }) {
  const [likely, other] = looksLikeStoryboard(id, store) ? ["storyboards", "batches"] : ["batches", "storyboards"];
  try {
    await api.get(`/v1/${likely}/${encodeURIComponent(id)}`, { signal });
    return likely;
  } catch (error) {
    if (error.status !== 404) throw error;
    return other;
  }
}

/** A storyboard is a job, too, and its pictures are frames of a film unless it was told otherwise. */
function looksLikeStoryboard(id, store) {
  if (store.get(id)) return true;
  const part = [...store.all()].find((job) => job.parent_id === id);
  return part !== undefined && part.job_type !== "image";
}

function overview(root, { query, signal, store }) {
  const filter = {
    kind: query.get("kind") ?? "storyboards",
    project_id: query.get("project_id") ?? "",
    q: query.get("q") ?? "",
  };
  const place = h("div");
  const { search, element } = searchInput(filter, choose, "Search what they are about", "Search storyboards");
  const project = typed(filter, "project_id", "Project", "Project", choose, () =>
    known(store, (job) => [job.project_id]),
  );
  const narrow = h("div", { class: "board-narrow" }, element, project);
  const tabs = choice("Kind", KINDS, filter.kind, (kind) => choose({ kind }));
  const show = lazily(signal);
  let showing = null;
  let list = null;
  root.append(pageHead("Boards", { lede: "Work that belongs together: scenes of a film, items of a batch." }));
  root.append(h("search", { class: "filters" }, tabs, narrow), place);

  function choose(changed) {
    Object.assign(filter, changed);
    setQuery({ ...filter, kind: filter.kind === "storyboards" ? "" : filter.kind });
    begin();
  }

  function begin() {
    showing?.abort();
    showing = new AbortController();
    const own = AbortSignal.any([signal, showing.signal]);
    missed.clear();
    narrow.hidden = filter.kind === "batches"; // its listing has no filters
    list =
      filter.kind === "batches"
        ? cardList("/v1/batches", { name: "batches", query: {}, card: batchCard, nothing: noBatches, signal: own })
        : cardList("/v1/storyboards", {
            name: "storyboards",
            query: { project_id: filter.project_id, q: filter.q },
            card: (board) => storyboardCard(board, show),
            nothing: () => noStoryboards(filter),
            signal: own,
          });
    replace(place, list.element);
  }

  const due = new Set(); // storyboards and batches that have changed, or whose jobs have
  const missed = new Set(); // of those, what has no card here: looked for once
  let timer = null;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  store.subscribe((changed) => {
    for (const job of [...changed].map((id) => store.get(id))) {
      if (job?.parent_id) due.add(job.parent_id);
      else if (job?.job_type === "storyboard") due.add(job.id);
    }
    if (!due.size || timer) return;
    timer = setTimeout(() => {
      timer = null;
      const before = missed.size;
      for (const id of due)
        if (place.querySelector(`[data-id="${CSS.escape(id)}"]`)) list.refresh(id);
        else missed.add(id);
      due.clear();
      if (missed.size > before) list.newest();
    }, SOON_MS);
  }, signal);
  keys.bind({ "/": () => search.focus() }, signal);
  keys.stepThrough(place, ".card h2 a", signal);
  begin();
}

function noStoryboards(filter) {
  if (filter.q || filter.project_id) {
    const actions = [button("Clear the filters", { onclick: () => location.assign("#/boards?") })];
    return empty("No storyboard is like that", "Take a filter away, or look at all of them.", {
      iconName: "search",
      actions,
    });
  }
  const actions = [button("How to make one", { href: "docs#createStoryboard", iconName: "link" })];
  const text = ["A prompt becomes scenes, and each scene a picture: ", h("code", {}, "darkroom storyboard"), "."];
  return empty("No storyboard yet", text, { iconName: "film", actions });
}

function noBatches() {
  const actions = [button("How to send one", { href: "docs#createBatch", iconName: "link" })];
  const text = ["Many jobs in one call, from a file of prompts: ", h("code", {}, "darkroom batch prompts.jsonl"), "."];
  return empty("No batch yet", text, { iconName: "boards", actions });
}
