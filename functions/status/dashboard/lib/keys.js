/** The keyboard: one-key shortcuts, never while somebody types, and to be switched off (WCAG 2.1.4). */

import { h } from "./dom.js";
import { dialog } from "./dialogs.js";

const STORED = "darkroom.shortcuts";
const GO = { q: "queue", g: "gallery", b: "boards", s: "spend", h: "health" };
const TOLD = [
  ["n", "New job"],
  ["g then q, g, b, s, h", "Queue, gallery, boards, spend, health"],
  ["j / k", "Next, previous in a list"],
  ["Enter", "Open"],
  ["/", "Search"],
  ["Ctrl Enter", "Make it, from any field of the form"],
  ["Esc", "Close, or leave a field"],
  ["?", "These shortcuts"],
];
const ofView = new Map();
let prefix = null;

/** Let a view answer to keys, until `signal` is aborted: {j: () => …, k: () => …}. */
export function bind(keys, signal) {
  for (const [key, act] of Object.entries(keys)) {
    ofView.set(key, act);
    signal.addEventListener("abort", () => ofView.get(key) === act && ofView.delete(key), { once: true });
  }
}

/** j and k step through what `selector` finds in `root`, in the order of the document. */
export function stepThrough(root, selector, signal) {
  const step = (by) => () => {
    const items = [...root.querySelectorAll(selector)];
    const at = items.findIndex((item) => item.contains(document.activeElement));
    items.at(at < 0 ? (by > 0 ? 0 : -1) : Math.min(items.length - 1, Math.max(0, at + by)))?.focus();
  };
  bind({ j: step(1), k: step(-1) }, signal);
}

/** Listen, once for the whole page. */
export function install() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && typing && !document.querySelector("dialog[open]")) return typing.blur();
    if (typing || !enabled() || document.querySelector("dialog[open]")) return;
    const act = actOf(event.key);
    prefix = event.key === "g" && prefix !== "g" ? "g" : null;
    if (act) {
      event.preventDefault();
      act();
    }
  });
}

/** Show what there is. */
export function help() {
  const toggle = h("input", {
    type: "checkbox",
    checked: enabled(),
    onchange: () => localStorage.setItem(STORED, toggle.checked ? "on" : "off"),
  });
  const rows = TOLD.map(([keys, what]) => [
    h(
      "dt",
      {},
      keys
        .split(" ")
        .map((part) =>
          part === "then" || (part === "/" && keys !== "/") ? ` ${part} ` : h("kbd", {}, part.replace(",", "")),
        ),
    ),
    h("dd", {}, what),
  ]);
  dialog("Keyboard", [
    h("dl", { class: "shortcuts" }, rows),
    h("label", { class: "check" }, toggle, "Single-key shortcuts"),
  ]);
}

function enabled() {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true; // storage is closed to this page
  }
}

function actOf(key) {
  if (prefix === "g" && GO[key]) return () => (location.hash = `#/${GO[key]}`);
  if (key === "g") return null;
  const own = ofView.get(key);
  if (own) return own;
  if (key === "n") return () => (location.hash = "#/new");
  return key === "?" ? help : null;
}
