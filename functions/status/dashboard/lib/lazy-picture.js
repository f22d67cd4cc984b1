/** Pictures that are asked for as they come near the window, let go far from it, and renewed when their link expires. */

import { h, replace } from "./dom.js";
import { icon } from "./icons.js";
import { forgetLink, link } from "./pictures.js";

const NEAR = "600px 0px";
const TRIES = 2; // with a link from the cache, then with a new one
const PASSING_MS = 80; // a picture that is only scrolled past asks for nothing

/**
 * A watcher for the pictures of one view.
 * @param {AbortSignal} signal
 * @returns {(element: HTMLElement, job: Object, image: Object) => void} fills `element` while it is near
 */
export function lazily(signal) {
  const wanted = new WeakMap();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        const of = wanted.get(entry.target);
        if (entry.isIntersecting) load(entry.target, of, signal);
        else if (of.shown) release(entry.target, of);
      }
    },
    { rootMargin: NEAR },
  );
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  return (element, job, image) => {
    wanted.set(element, { job, image, shown: false });
    observer.observe(element);
  };
}

/** What a picture shows to whoever does not see it. */
export function altOf(job, image) {
  const which = job.images?.length > 1 ? `Picture ${image.index + 1} of ${job.images.length}: ` : "";
  return which + job.prompt.replace(/\s+/g, " ").slice(0, 160);
}

/** An `<img>` in `element`, of this kind; where it cannot be had, that is said in its place. */
export async function fill(element, job, image, kind, isWanted = () => true) {
  for (let tried = 1; tried <= TRIES; tried += 1) {
    try {
      const src = await link(job.id, image.index, kind);
      if (!isWanted()) return;
      const shown = h("img", {
        alt: altOf(job, image),
        width: image.width,
        height: image.height,
        decoding: "async",
        draggable: "false",
      });
      shown.src = src;
      await shown.decode();
      if (isWanted()) replace(element, shown);
      return;
    } catch (error) {
      console.debug("a picture did not load", error);
      forgetLink(job.id, image.index, kind); // it may have expired meanwhile
      if (tried === TRIES && isWanted())
        replace(element, h("span", { class: "tile-lost" }, icon("alert"), "This picture could not be loaded."));
    }
  }
}

function load(element, of, signal) {
  if (of.shown) return;
  of.shown = true;
  const isWanted = () => of.shown && !signal.aborted;
  const kind = of.image.thumbnail ? "thumbnail" : "image";
  of.waiting = setTimeout(() => isWanted() && fill(element, of.job, of.image, kind, isWanted), PASSING_MS);
}

function release(element, of) {
  clearTimeout(of.waiting);
  of.shown = false;
  replace(element);
}
