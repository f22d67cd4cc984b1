/** What goes along from an earlier job though the form has no field for it: shown, and each to be taken away. */

import { h, replace } from "./dom.js";
import * as format from "./format.js";
import { icon } from "./icons.js";

const TOGETHER = { width: ["width", "height", "fit"], height: ["width", "height", "fit"] };

/** The list; `set(rest)` fills it, `value()` is what is left of it. */
export function keptFields(onchange) {
  let rest = {};
  const list = h("ul", { role: "list", class: "actions" });
  const element = h(
    "div",
    { class: "stack tight", hidden: true },
    h("div", { class: "label" }, "Also from the earlier job"),
    list,
  );

  function set(given) {
    rest = given;
    element.hidden = Object.keys(rest).length === 0;
    replace(
      list,
      Object.entries(rest).map(([name, value]) => h("li", {}, chip(name, value))),
    );
  }

  function chip(name, value) {
    const text = `${format.words(name)}: ${typeof value === "object" ? JSON.stringify(value) : value}`;
    const remove = () => {
      const gone = TOGETHER[name] ?? [name];
      set(Object.fromEntries(Object.entries(rest).filter(([each]) => !gone.includes(each))));
      onchange();
    };
    return h(
      "button",
      { type: "button", class: "chip removable", "aria-label": `Leave out ${text}`, onclick: remove },
      text.slice(0, 80),
      icon("close"),
    );
  }

  return { element, set, value: () => rest };
}
