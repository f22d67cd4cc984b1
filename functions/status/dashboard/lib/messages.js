/** What the page says beside its views: toasts that are seen, and words for those who listen. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

const SHOWN_MS = 6000;
const MOST = 4;

const toasts = h("div", { class: "toasts", role: "log", "aria-live": "polite", "aria-label": "Messages" });
const spoken = h("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });

/** Put both regions into the page, once, before anything is said. */
export function install(body) {
  body.append(toasts, spoken);
}

/**
 * Show a message. One of a success goes by itself; an error stays until it is closed.
 * @param {string|Node} message
 * @param {"info"|"error"} [kind]
 */
export function toast(message, kind = "info") {
  const shown = h(
    "div",
    { class: "toast", dataset: { kind } },
    h("div", {}, kind === "error" ? h("span", { class: "visually-hidden" }, "Error: ") : null, message),
    h(
      "button",
      {
        class: "button",
        type: "button",
        "data-kind": "quiet",
        "data-icon-only": true,
        "aria-label": "Dismiss",
        onclick: () => shown.remove(),
      },
      icon("close"),
    ),
  );
  toasts.append(shown);
  while (toasts.children.length > MOST) toasts.firstChild.remove();
  if (kind === "info") goAfter(shown, SHOWN_MS);
}

/** Show an ApiError (or any other) as a toast; an abort is no error. */
export function tellError(error) {
  if (error?.name === "AbortError") return;
  console.debug("told as a message", error);
  toast(error?.message || String(error), "error");
}

/** Say something to assistive technology alone. */
export function announce(text) {
  spoken.textContent = "";
  requestAnimationFrame(() => (spoken.textContent = text));
}

function goAfter(shown, ms) {
  setTimeout(() => {
    if (shown.matches(":hover, :focus-within")) goAfter(shown, ms);
    else shown.remove();
  }, ms);
}
