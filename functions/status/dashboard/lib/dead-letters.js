/** Jobs that gave up though another try might help: look, queue one again, or all of them. */

import { api, isAbort } from "./api.js";
import { now } from "./clock.js";
import { confirm } from "./dialogs.js";
import { h, replace, setText } from "./dom.js";
import * as format from "./format.js";
import { toast } from "./messages.js";
import { smallJobs } from "./small-jobs.js";
import { button, errorPanel, skeleton } from "./ui.js";

const PAGE = 20;
const AT_ONCE = 4;

/**
 * The panel.
 * @param {Object} store what is queued again goes there
 * @param {(found: {count: number, more: boolean}) => void} onfound told how many there are
 * @param {AbortSignal} signal
 * @returns {{element: HTMLElement, load: () => Promise<void>}}
 */
export function deadLetters(store, onfound, signal) {
  const element = h("section", { class: "panel", id: "dead-letters" });
  const body = h("div", {}, skeleton("6rem"));
  const tools = h("div", { class: "actions" });
  const head = h("div", { class: "panel-head" }, h("h2", {}, "Dead letters"), tools);
  replace(element, head, body);
  let shown = [];
  let next = null;

  async function load() {
    try {
      ({ jobs: shown, next_page_token: next } = await page(null));
      draw();
    } catch (error) {
      if (!isAbort(error)) replace(body, errorPanel(error, load));
    }
  }

  function page(token) {
    return api.get("/v1/dead-letters", { query: { page_size: PAGE, page_token: token }, signal });
  }

  async function more() {
    const found = await page(next);
    shown.push(...found.jobs);
    next = found.next_page_token;
    draw();
  }

  function draw() {
    onfound({ count: shown.length, more: next !== null });
    const all = button("Redrive all", { iconName: "retry", onclick: () => redriveAll(all) });
    replace(tools, shown.length > 1 && all);
    if (!shown.length)
      return replace(
        body,
        h("p", { class: "hint" }, "None. A job comes here when it gave up though another try might help."),
      );
    const actionsOf = (job) => [button("Redrive", { iconName: "retry", onclick: () => redrive(job) })];
    replace(
      body,
      smallJobs("Dead letters", shown, { noteOf, whyOf: (job) => job.failure?.message, actionsOf }),
      next && button("Show more", { kind: "quiet", onclick: more }),
    );
  }

  async function redrive(job) {
    store.put(await api.post(`/v1/dead-letters/${encodeURIComponent(job.id)}/redrive`));
    toast("Queued again.");
    shown = shown.filter((each) => each.id !== job.id);
    draw();
  }

  async function redriveAll(control) {
    const text = "Each is queued again, and what it costs is paid again where the first call was.";
    if (!(await confirm("Redrive all dead letters?", text, "Redrive all"))) return;
    const ids = [];
    for await (const found of api.pages("/v1/dead-letters", { query: { page_size: 100 }, signal }))
      ids.push(...found.jobs.map((job) => job.id));
    const waiting = [...ids];
    const lost = [];
    const label = control.querySelector("span");
    const work = async () => {
      for (let id = waiting.shift(); id && !signal.aborted; id = waiting.shift()) {
        try {
          store.put(await api.post(`/v1/dead-letters/${encodeURIComponent(id)}/redrive`, undefined, { signal }));
        } catch (error) {
          if (isAbort(error)) return;
          lost.push(error.message);
        }
        setText(label, `${format.number(ids.length - waiting.length)} of ${format.number(ids.length)}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (signal.aborted) return;
    if (ids.length > lost.length) toast(`${format.count(ids.length - lost.length, "job")} queued again.`);
    if (lost.length) toast(`${format.count(lost.length, "job")} could not be: ${lost[0]}`, "error");
    await load();
  }

  return { element, load };
}

function noteOf(job) {
  return [
    format.words(job.failure?.code),
    format.count(job.attempt_count, "attempt"),
    format.ago(job.completed_at ?? job.updated_at, now()),
  ]
    .filter(Boolean)
    .join(" · ");
}
