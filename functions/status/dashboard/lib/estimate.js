/** What a job would cost, asked for while it is being written: after a pause, and only the last question is answered. */

import { api, isAbort } from "./api.js";
import { h, replace } from "./dom.js";
import * as format from "./format.js";

const PAUSE_MS = 300;

/** `ask(body)`; `onErrors(errors)` is told what is wrong with the fields. */
export function estimate(signal, onErrors) {
  const figure = h("strong", { class: "estimate", "data-testid": "estimate" }, "–");
  const about = h("div", { class: "hint", "aria-live": "polite" });
  const summary = h("div", { "aria-live": "polite" }, h("div", { class: "label" }, "Estimated cost"), figure);
  let timer = null;
  let asking = null;

  async function now(body) {
    asking = new AbortController();
    const mine = asking;
    try {
      const found = await api.ask("/v1/estimate", body, { signal: AbortSignal.any([signal, mine.signal]) });
      replace(figure, format.money(found.estimated_micros));
      const told = found.prompt_changed_by.length
        ? [
            h(
              "div",
              {},
              `The model is told, by ${found.prompt_changed_by.join(", ")}: ${found.prompt_used.slice(0, 400)}`,
            ),
          ]
        : [];
      replace(
        about,
        h(
          "div",
          {},
          `${format.count(found.images, "picture")} at ${format.money(found.per_image_micros)} · ${found.image_size} · ${found.aspect_ratio}`,
        ),
        told,
        found.notes.map((note) => h("div", {}, note)),
      );
    } catch (error) {
      if (isAbort(error)) return;
      replace(figure, "–");
      replace(about, error.errors?.length ? "Something above cannot be taken as it is." : error.message);
      onErrors(error.errors ?? []);
    }
  }

  function ask(body) {
    clearTimeout(timer);
    asking?.abort();
    if (!body.prompt.trim()) {
      replace(figure, "–");
      replace(about, "Write a prompt to see it.");
      return;
    }
    timer = setTimeout(() => now(body), PAUSE_MS);
  }

  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return { summary, about, ask };
}
