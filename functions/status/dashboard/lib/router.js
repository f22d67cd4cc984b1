/** Hash routes: `#/jobs/<id>?raw=1` is the view `jobs` with params ["<id>"]. A view's code is loaded when it is first shown. */

import { replace } from "./dom.js";
import { errorPanel, pageHead } from "./ui.js";

const TITLES = {
  queue: "Queue",
  gallery: "Gallery",
  jobs: "Job",
  boards: "Boards",
  spend: "Spend",
  health: "Health",
  new: "New job",
};
const scrolled = new Map(); // address → where it was scrolled to
let leave = null;
let isBack = false; // by the browser's back or forward, where it tells

/** The route of a hash: {name, params, query}. */
export function parse(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [name, ...params] = path.split("/").filter(Boolean).map(decoded);
  return { name: name ?? "queue", params, query: new URLSearchParams(query) };
}

/** Change the query of the present route, without showing the view anew: filters stay in the address. */
export function setQuery(values) {
  const { name, params } = parse(location.hash);
  const given = Object.entries(values).filter(([, value]) => value);
  const path = [name, ...params].map(encodeURIComponent).join("/");
  history.replaceState(null, "", `#/${path}${given.length ? `?${new URLSearchParams(given)}` : ""}`);
}

/**
 * Show the route of the address in `root`, now and whenever it changes, until `signal` is aborted.
 * @param {HTMLElement} root
 * @param {Object} shared what each view is handed beside params, query, title and signal: {store, live}
 */
export function start(root, shared, signal) {
  const go = (first) => show(root, parse(location.hash), shared, first).catch((error) => console.error(error));
  addEventListener("hashchange", () => go(false), { signal });
  addEventListener("scroll", () => scrolled.set(location.hash, scrollY), { signal, passive: true });
  globalThis.navigation?.addEventListener("navigate", (event) => (isBack = event.navigationType === "traverse"), {
    signal,
  });
  signal.addEventListener("abort", () => leave?.abort(), { once: true });
  go(true);
  (globalThis.requestIdleCallback ?? setTimeout)(() =>
    Object.keys(TITLES).forEach((name) => load(name).catch(() => null)),
  ); // told when it is shown
}

async function load(name) {
  try {
    return await import(`../views/${name}.js`);
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    throw new Error(
      "This view could not be fetched: the server cannot be reached, or it is another version by now. Reload the page.",
      { cause: error },
    );
  }
}

async function show(root, { name, params, query }, shared, first) {
  leave?.abort();
  const to = scrolled.get(location.hash) ?? 0;
  const own = (leave = new AbortController());
  for (const link of document.querySelectorAll(".nav a")) {
    const here = link.hash === `#/${name}` || (name === "jobs" && link.hash === "#/queue");
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const title = (text) => (document.title = `${text} · Darkroom`);
  title(TITLES[name] ?? "Not found");
  const place = document.createElement("div");
  place.dataset.view = name;
  try {
    if (!Object.hasOwn(TITLES, name)) throw notThere(`There is no view “${name}”. Choose one from the navigation.`);
    const module = await load(name);
    if (own.signal.aborted) return;
    replace(root, place);
    await module.show(place, { ...shared, params, query, title, signal: own.signal });
  } catch (error) {
    if (own.signal.aborted) return;
    console.debug("the view could not be shown", error);
    replace(
      root,
      pageHead(TITLES[name] ?? "Not found"),
      errorPanel(error, error.status === 404 ? null : () => show(root, parse(location.hash), shared, first)),
    );
  }
  if (own.signal.aborted || first) return;
  scrollTo(0, isBack ? to : 0);
  if (!root.contains(document.activeElement) || root === document.activeElement)
    root.querySelector("h1")?.focus({ preventScroll: true }); // else the view has chosen: a form begins in its first field
}

function notThere(text) {
  return Object.assign(new Error(text), { status: 404 });
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone % of somebody's own making
  }
}
