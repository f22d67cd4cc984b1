/** What can be paused: lanes, providers, tenants. Jobs are taken all the same, and wait. */

import { api, isAbort } from "./api.js";
import { confirm } from "./dialogs.js";
import { h, replace } from "./dom.js";
import * as format from "./format.js";
import { tellError, toast } from "./messages.js";
import { errorPanel, skeleton } from "./ui.js";

const KINDS = { lane: "Lanes", provider: "Providers", tenant: "Tenants" };

/**
 * The panel.
 * @param {(paused: Object[]) => void} onfound told what is paused
 * @param {AbortSignal} signal
 * @returns {{element: HTMLElement, load: () => Promise<void>}}
 */
export function pauseSwitches(onfound, signal) {
  const body = h("div", {}, skeleton("8rem"));
  const element = h("section", { class: "panel", id: "pause" }, h("h2", {}, "Pause"), body);
  let controls = [];

  async function load() {
    try {
      ({ controls } = await api.get("/v1/controls", { signal }));
      draw();
    } catch (error) {
      if (isAbort(error)) return;
      if (error.status === 403) replace(body, forbidden(error));
      else replace(body, errorPanel(error, load));
    }
  }

  function draw() {
    onfound(controls.filter((control) => control.paused));
    const groups = Object.entries(KINDS).map(([kind, label]) => {
      const own = controls.filter((control) => control.kind === kind);
      return own.length && [h("h3", {}, label), h("ul", { role: "list", class: "switches" }, own.map(row))];
    });
    replace(body, groups);
  }

  function row(control) {
    const state = control.paused
      ? `Paused since ${format.moment(control.since)}`
      : control.announcing
        ? "Going on: waiting jobs are being told"
        : "Running";
    const shown = h("button", {
      type: "button",
      role: "switch",
      class: "switch",
      "aria-checked": String(!control.paused),
      "aria-label": `${control.name}, ${control.kind}, running`,
      onclick: () => turn(control, shown),
    });
    return h(
      "li",
      { "data-paused": control.paused },
      h(
        "div",
        {},
        h("span", { class: "switch-name" }, control.name),
        h("span", { class: control.paused ? "field-error" : "hint" }, state),
      ),
      shown,
    );
  }

  async function turn(control, shown) {
    const verb = control.paused ? "resume" : "pause";
    const text = "What is under way ends as usual. New jobs are taken, and wait until it goes on.";
    if (verb === "pause" && !(await confirm(`Pause the ${control.kind} “${control.name}”?`, text, "Pause"))) return;
    shown.setAttribute("aria-busy", "true");
    try {
      const now = await api.post(`/v1/controls/${control.kind}/${encodeURIComponent(control.name)}/${verb}`);
      controls = controls.map((each) => (each === control ? now : each));
      toast(verb === "pause" ? `${control.name} is paused.` : `${control.name} goes on.`);
      draw();
      element.querySelector(`[aria-label^="${CSS.escape(control.name)}, ${control.kind}"]`)?.focus();
    } catch (error) {
      shown.removeAttribute("aria-busy");
      tellError(error);
    }
  }

  return { element, load };
}

function forbidden(error) {
  return h(
    "p",
    { class: "hint" },
    `Your key may not see or turn these switches: they need the scope “admin”. (${error.message})`,
  );
}
