/** Jobs as rows of the queue, in another view: paged, live, and only those in sight are elements. */

import { everySecond } from "./clock.js";
import { h, replace } from "./dom.js";
import * as jobActions from "./job-actions.js";
import { COLUMNS, jobRow } from "./job-row.js";
import { Listing } from "./listing.js";
import { tellError } from "./messages.js";
import { errorPanel, skeleton } from "./ui.js";
import { VirtualRows } from "./virtual.js";

/**
 * @param {string} label what the table is called
 * @param {{store: Object, signal: AbortSignal, nothing: () => Node}} options `nothing`: what stands where none is
 * @returns {{element: HTMLElement, show: (filter: Object) => void, step: (by: number) => void}}
 */
export function jobList(label, { store, signal, nothing }) {
  const body = h("div", { role: "rowgroup", class: "queue-rows" });
  const table = h("div", { role: "table", class: "queue", "aria-label": label }, heads(), body);
  const foot = h("div", { class: "queue-foot" });
  const act = (work) => (job) => work(store, job).catch(tellError);
  const actions = { cancel: act(jobActions.cancel), retry: act(jobActions.retry) };
  const rows = new VirtualRows(body, () => jobRow((id) => store.get(id), actions), { onNearEnd: more, signal });
  let listing = null;

  function show(filter) {
    listing = new Listing(store, filter);
    listing.rebuild();
    draw();
    more();
  }

  async function more() {
    const mine = listing;
    if (!mine || mine.loading || mine.complete || mine.error) return;
    await mine.more(signal);
    if (mine === listing && !signal.aborted) draw();
  }

  function draw() {
    rows.set(listing.rows);
    table.hidden = listing.rows.length === 0;
    table.setAttribute("aria-rowcount", listing.complete ? listing.rows.length + 1 : -1);
    if (listing.error) replace(foot, errorPanel(listing.error, again));
    else if (listing.complete) replace(foot, listing.rows.length ? null : nothing());
    else if (!foot.querySelector(".skeleton")) replace(foot, skeleton("4.5rem"));
  }

  function again() {
    listing.error = null;
    return more();
  }

  store.subscribe((changed) => {
    if (!listing) return;
    const moved = listing.update(changed);
    rows.refresh(changed);
    if (moved) draw();
  }, signal);
  everySecond(() => rows.refresh(), signal);
  return { element: h("div", {}, table, foot), show, step: (by) => rows.step(by) };
}

function heads() {
  const cells = COLUMNS.map(([text, name, seen]) =>
    h("div", { role: "columnheader", class: name }, h("span", { class: seen ? null : "visually-hidden" }, text)),
  );
  return h("div", { role: "rowgroup" }, h("div", { role: "row", class: "queue-head", "aria-rowindex": "1" }, cells));
}
