/** Modal dialogs: the browser's own, so that Escape closes them and focus goes back to where it was. */

import { h } from "./dom.js";
import { button } from "./ui.js";

/**
 * Show a modal dialog; it is removed once it is closed.
 * @param {string} title
 * @param {Array} children
 * @param {{actions?: Array, name?: string}} [options] `name`: a class of its own
 * @returns {HTMLDialogElement}
 */
export function dialog(title, children, { actions = null, name = "" } = {}) {
  const close = () => shown.close();
  const gone = () => {
    removeEventListener("hashchange", close);
    shown.remove();
  };
  const shown = h(
    "dialog",
    { class: `dialog ${name}`.trim(), "aria-label": title, onclose: gone },
    h("h2", {}, title),
    children,
    h("div", { class: "actions" }, actions ?? button("Close", { onclick: close })),
  );
  shown.addEventListener("click", (event) => event.target === shown && event.detail && close()); // on the backdrop
  addEventListener("hashchange", close);
  document.body.append(shown);
  shown.showModal();
  return shown;
}

/**
 * Ask before something that cannot be undone.
 * @returns {Promise<boolean>} whether to go on
 */
export function confirm(title, text, action) {
  return new Promise((resolve) => {
    const answer = (yes) => () => {
      resolve(yes);
      shown.close();
    };
    const actions = [
      button("Keep it", { onclick: answer(false), props: { autofocus: true } }),
      button(action, { kind: "danger", onclick: answer(true) }),
    ];
    const shown = dialog(title, [h("p", {}, text)], { actions });
    shown.addEventListener("close", () => resolve(false));
  });
}
