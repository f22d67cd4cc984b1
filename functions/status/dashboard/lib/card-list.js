/** A listing as cards, page by page as the reader comes near its end; a card asks for more about itself once in sight. */

import { api, isAbort } from "./api.js";
import { h, replace } from "./dom.js";
import { errorPanel, skeleton } from "./ui.js";

const PAGE = 20;
const NEAR = "400px 0px";

/**
 * @param {string} path of the listing and, with an id, of one of it
 * @param {{name: string, query: Object, card: Function, nothing: () => Node, signal: AbortSignal}} options
 *   `name`: the field of the answer; `card(summary)` → {element, fill(detail)}
 * @returns {{element: HTMLElement, refresh: (id: string) => void, newest: () => void}} `newest`: there may be new ones
 */
export function cardList(path, { name, query, card, nothing, signal }) {
  const list = h("ul", { role: "list", class: "cards" });
  const foot = h("div", {}, skeleton("8rem"));
  const end = h("div", { "aria-hidden": "true" });
  const cards = new Map(); // id → {element, fill}
  let token = null;
  let state = "ready"; // loading, done
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        seen.unobserve(entry.target);
        detail(entry.target.dataset.id);
      }
    },
    { rootMargin: NEAR },
  );
  const near = new IntersectionObserver(([entry]) => entry.isIntersecting && more(), { rootMargin: NEAR });
  signal.addEventListener("abort", () => [seen, near].forEach((observer) => observer.disconnect()), { once: true });

  async function more() {
    if (state !== "ready") return;
    state = "loading";
    try {
      const page = await api.get(path, { query: { ...query, page_size: PAGE, page_token: token }, signal });
      for (const summary of page[name]) add(summary, (element) => list.append(element));
      token = page.next_page_token;
      state = token ? "ready" : "done";
      if (!token) replace(foot, cards.size ? null : nothing());
      else if (end.getBoundingClientRect().top < innerHeight) more();
    } catch (error) {
      if (isAbort(error)) return;
      state = "failed";
      replace(foot, errorPanel(error, again));
    }
  }

  async function newest() {
    try {
      const page = await api.get(path, { query: { ...query, page_size: PAGE }, signal });
      for (const summary of page[name].toReversed()) add(summary, (element) => list.prepend(element));
      if (state === "done" && cards.size) replace(foot);
    } catch (error) {
      if (!isAbort(error)) console.debug("new ones are not known", error); // asked again with the next change
    }
  }

  function add(summary, place) {
    if (cards.has(summary.id)) return;
    const made = card(summary);
    made.element.dataset.id = summary.id;
    cards.set(summary.id, made);
    place(made.element);
    seen.observe(made.element);
  }

  async function detail(id) {
    try {
      cards.get(id)?.fill(await api.get(`${path}/${encodeURIComponent(id)}`, { signal }));
    } catch (error) {
      if (!isAbort(error)) cards.get(id)?.fill(null, error);
    }
  }

  function again() {
    state = "ready";
    replace(foot, skeleton("8rem"));
    return more();
  }

  near.observe(end);
  return { element: h("div", {}, list, foot, end), refresh: detail, newest };
}
