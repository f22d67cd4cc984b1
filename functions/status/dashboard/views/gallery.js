/** The gallery: every picture there is, the newest first, live; enlarge, compare, save, make again. */

import { h, replace, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";
import { galleryFilters, NAMES } from "../lib/gallery-filters.js";
import { GalleryGrid } from "../lib/gallery-grid.js";
import { enlarge } from "../lib/gallery-viewer.js";
import * as keys from "../lib/keys.js";
import { Listing } from "../lib/listing.js";
import { setQuery } from "../lib/router.js";
import { Selection } from "../lib/selection.js";
import { button, empty, errorPanel, pageHead, skeleton } from "../lib/ui.js";

const TOP_PX = 160; // above it the reader is at the top, and new pictures come in at once
const AHEAD = "1200px 0px";
let last = null; // the list that was shown last: who comes back finds it as it was

/** Show the gallery. */
export async function show(root, { query, signal, store, live }) {
  const head = pageHead("Gallery", { lede: "…" });
  const lede = head.querySelector("p");
  const filter = Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
  const bar = galleryFilters(filter, store, choose);
  const fresh = h("button", { class: "fresh", type: "button", hidden: true, onclick: toTop });
  const selection = new Selection(() => grid.showSelection(), signal);
  const grid = new GalleryGrid({ selection, signal, onopen: open });
  const foot = h("div", { class: "gallery-foot" });
  const end = h("div", { "aria-hidden": "true" });
  root.append(
    head,
    bar,
    h("div", { role: "status", class: "fresh-place" }, fresh),
    grid.element,
    foot,
    end,
    selection.tray,
  );
  let listing = null;
  let ending = null; // of the listing's requests

  function choose(changed) {
    Object.assign(filter, changed);
    setQuery(filter);
    begin();
  }

  function begin() {
    ending?.abort();
    ending = new AbortController();
    const key = JSON.stringify([store.epoch, filter]);
    if (last?.store !== store || last.key !== key)
      last = { store, key, listing: new Listing(store, { ...filter, status: "completed" }) };
    listing = last.listing;
    listing.error = null;
    listing.rebuild();
    draw({ hold: false });
    if (!listing.rows.length) more(); // else once the reader comes near the end
  }

  async function more() {
    const mine = listing;
    if (mine.loading || mine.complete || mine.error) return;
    await mine.more(AbortSignal.any([signal, ending.signal]));
    if (mine !== listing || signal.aborted) return;
    draw();
    if (end.getBoundingClientRect().top < innerHeight * 2) more(); // few of them had pictures
  }

  function draw({ hold = scrollY > TOP_PX } = {}) {
    grid.draw(
      listing.rows.map((id) => store.get(id)).filter((job) => job?.images.length),
      { hold },
    );
    fresh.hidden = grid.held === 0;
    setText(fresh, `${format.count(grid.held, "new picture")} ↑`);
    const count = grid.items.length + grid.held;
    setText(
      lede,
      !listing.complete && !count
        ? "…"
        : `${format.number(count)}${listing.complete ? "" : "+"} ${count === 1 ? "picture" : "pictures"}`,
    );
    if (listing.error) replace(foot, errorPanel(listing.error, again));
    else if (!listing.complete) foot.querySelector(".skeleton") ?? replace(foot, skeleton("12rem"));
    else replace(foot, count ? null : nothing(filter));
  }

  function again() {
    listing.error = null;
    return more();
  }

  function toTop() {
    scrollTo({ top: 0 });
    draw({ hold: false });
  }

  function open(key) {
    enlarge(key, { items: () => grid.items, store, selection, onnear: more, onclose: (at) => grid.focus(at) });
  }

  store.subscribe((changed) => {
    for (const id of changed) if (!store.get(id)) selection.dropJob(id);
    if (listing.update(changed)) draw();
  }, signal);
  addEventListener("scroll", () => grid.held && scrollY <= TOP_PX / 2 && draw({ hold: false }), {
    signal,
    passive: true,
  });
  const near = new IntersectionObserver(([entry]) => entry.isIntersecting && listing && more(), { rootMargin: AHEAD });
  near.observe(end);
  signal.addEventListener("abort", () => near.disconnect(), { once: true });
  live.addEventListener("fresh", begin, { signal });
  keys.bind({ j: () => grid.step(1), k: () => grid.step(-1), "/": () => bar.search.focus() }, signal);
  begin();
}

function nothing(filter) {
  if (Object.values(filter).some(Boolean)) {
    const actions = [button("Clear the filters", { onclick: () => location.assign("#/gallery?") })];
    const text = "None of your pictures matches these filters. Take one away, or look at all of them.";
    return empty("No picture is like that", text, { iconName: "search", actions });
  }
  const actions = [button("Make the first picture", { href: "#/new", kind: "primary", iconName: "plus" })];
  return empty("The walls are bare", "Every picture that is made hangs here by itself. Describe one.", { actions });
}
