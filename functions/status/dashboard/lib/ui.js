/** The parts that views are made of; css/components.css dresses them. Each returns an element. */

import { h, replace } from "./dom.js";
import { icon } from "./icons.js";
import { announce, tellError } from "./messages.js";
import { labelOf, toneOf } from "./states.js";
import * as format from "./format.js";

const COPIED_MS = 1500; // the button says so for as long

/** A view's head: its one `h1`, a line below it, and what can be done. */
export function pageHead(title, { lede = null, actions = [] } = {}) {
  return h(
    "header",
    { class: "page-head" },
    h("div", {}, h("h1", { tabindex: "-1" }, title), lede && h("p", {}, lede)),
    actions.length ? h("div", { class: "actions" }, actions) : null,
  );
}

/**
 * A button, or a link that looks like one where `href` is given. While the promise of `onclick` is open the button is
 * busy; what it rejects with is told as a message.
 * @param {string} label
 * @param {{onclick?: Function, href?: string, iconName?: string, kind?: "primary"|"danger"|"quiet", iconOnly?: boolean,
 *   type?: string, props?: Object}} [options]
 */
export function button(label, { onclick, href, iconName, kind, iconOnly = false, type = "button", props = {} } = {}) {
  const inside = [iconName && icon(iconName), iconOnly ? null : h("span", {}, label)];
  const shared = {
    class: "button",
    "data-kind": kind,
    "data-icon-only": iconOnly,
    ...(iconOnly ? { "aria-label": label, title: label } : {}),
    ...props,
  };
  if (href) return h("a", { ...shared, href }, inside);
  const element = h("button", { ...shared, type, onclick: onclick && (() => whileBusy(element, onclick)) }, inside);
  return element;
}

/** Run `work` with the button busy; errors are told. */
export async function whileBusy(element, work) {
  if (element.getAttribute("aria-busy") === "true") return;
  const running = (async () => work())();
  element.setAttribute("aria-busy", "true");
  try {
    await running;
  } catch (error) {
    tellError(error);
  } finally {
    element.removeAttribute("aria-busy");
  }
}

/** A state as a word with a shape. */
export function badge(status) {
  return h("span", { class: "badge", "data-tone": toneOf(status) }, labelOf(status));
}

/** Where nothing is: what that means and what to do next. */
export function empty(title, text, { iconName = "picture", actions = [] } = {}) {
  return h(
    "div",
    { class: "empty" },
    icon(iconName),
    h("h2", {}, title),
    h("p", {}, text),
    h("div", { class: "actions" }, actions),
  );
}

/** An error in the place of what it keeps from being shown, with a way on. */
export function errorPanel(error, retry = null) {
  return h(
    "div",
    { class: "notice", "data-tone": "failed", role: "alert" },
    h("strong", {}, error.status === 404 ? "It is not there" : "This could not be loaded"),
    h("span", {}, error.message || String(error)),
    retry
      ? button("Try again", { iconName: "retry", onclick: retry })
      : error.status === 404 && button("To the queue", { href: "#/queue" }),
  );
}

/** A grey shape while something loads. */
export function skeleton(height = "3rem") {
  return h("div", { class: "skeleton", style: { "block-size": height }, role: "status", "aria-label": "Loading" });
}

let fields = 0;

/**
 * A labelled control with a hint and a place for its error; `field.error(text)` shows one, "" takes it away.
 * @param {string} label
 * @param {HTMLElement} control an input, select or textarea
 * @param {{hint?: string|Node}} [options]
 */
export function field(label, control, { hint = null } = {}) {
  fields += 1;
  control.id ||= `field-${fields}`;
  control.classList.add("input");
  const told = h("div", { class: "field-error", id: `${control.id}-error` });
  const hinted = hint && h("div", { class: "hint", id: `${control.id}-hint` }, hint);
  control.setAttribute("aria-describedby", [hinted?.id, told.id].filter(Boolean).join(" "));
  const shown = h("div", { class: "field" }, h("label", { for: control.id }, label), control, hinted, told);
  shown.error = (text) => {
    told.textContent = text;
    if (text) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  };
  return shown;
}

/** A text of a user, as text, in its own direction; a long one is cut off with a way to see it all. */
export function promptText(text, { lines = 6 } = {}) {
  const LONGEST = 6000; // characters that are laid out unasked
  const body = h("p", { class: "prompt clamped", dir: "auto", style: { "--lines": lines } }, text.slice(0, LONGEST));
  const more = h("button", { class: "link-button", type: "button", hidden: true, "aria-expanded": "false" });
  const say = () =>
    (more.textContent =
      more.ariaExpanded === "true" ? "Show less" : `Show all ${format.count(text.length, "character")}`);
  more.addEventListener("click", () => {
    const open = more.ariaExpanded !== "true";
    more.ariaExpanded = String(open);
    body.classList.toggle("clamped", !open);
    body.textContent = open ? text : text.slice(0, LONGEST);
    say();
  });
  say();
  new ResizeObserver(() => {
    if (more.ariaExpanded !== "true")
      more.hidden = body.scrollHeight <= body.clientHeight + 1 && text.length <= LONGEST;
  }).observe(body);
  return h("div", {}, body, more);
}

/** A moment, exact on hover. */
export function timeOf(text, show = format.moment) {
  return text ? h("time", { datetime: text, title: new Date(text).toLocaleString() }, show(text)) : h("span", {}, "–");
}

/** A definition list of facts; pairs whose value is null are left out. */
export function facts(pairs, name = "facts") {
  const rows = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h(
    "dl",
    { class: name },
    rows.map(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]),
  );
}

/** A tile with one figure. */
export function stat(label, value, hint = null) {
  return h("dl", { class: "stat" }, h("dt", {}, label), h("dd", {}, value), hint && h("dd", { class: "hint" }, hint));
}

/** A table with real table semantics. `columns`: [{label, number?, cell: row → child}]. */
export function table(caption, columns, rows) {
  const kind = (column) => (column.number ? "number" : null);
  return h(
    "div",
    { class: "table-wrap", tabindex: "0", role: "group", "aria-label": caption },
    h(
      "table",
      { class: "table" },
      h("caption", { class: "visually-hidden" }, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map((column) => h("th", { scope: "col", class: kind(column) }, column.label)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            columns.map((column) => h("td", { class: kind(column) }, column.cell(row))),
          ),
        ),
      ),
    ),
  );
}

/** Buttons of which one is pressed. `options`: [[value, label]]; `onchange(value)`. */
export function choice(label, options, value, onchange) {
  const group = h("div", { class: "tabs", role: "group", "aria-label": label });
  const press = (chosen) => {
    for (const each of group.children) each.setAttribute("aria-pressed", String(each.dataset.value === chosen));
  };
  replace(
    group,
    options.map(([name, text]) =>
      h(
        "button",
        {
          type: "button",
          dataset: { value: name },
          onclick: () => {
            press(name);
            onchange(name);
          },
        },
        text,
      ),
    ),
  );
  press(value);
  group.press = press;
  return group;
}

/** A button that copies; it says that it has. `text` is a string or a function, which may be async. */
export function copyButton(label, text, { iconName = "copy", ...options } = {}) {
  const copy = async () => {
    if (!navigator.clipboard)
      throw new Error("A browser copies for pages on https alone: select the text and copy it.");
    await navigator.clipboard.writeText(typeof text === "function" ? await text() : text);
    const show = (name) => element.querySelector(".icon").replaceWith(icon(name));
    show("check");
    announce("Copied.");
    setTimeout(() => show(iconName), COPIED_MS);
  };
  const element = button(label, { iconName, kind: "quiet", ...options, onclick: copy });
  return element;
}
