/** Whom a job told: its webhook's deliveries, each with its tries, and another one on demand. */

import { api, isAbort } from "./api.js";
import { now } from "./clock.js";
import { h, replace } from "./dom.js";
import * as format from "./format.js";
import { tellError, toast } from "./messages.js";
import { button, timeOf } from "./ui.js";

const SETTLE_MS = 1500; // after a change of the job, its event is on its way
const TONES = { delivered: "done", pending: "working", gave_up: "failed" };

/**
 * The panel; hidden while there is nothing to tell.
 * @returns {{element: HTMLElement, load: () => void, soon: () => void}}
 */
export function deliveries(id, signal, kind = "jobs") {
  const element = h("section", { class: "panel", hidden: true, "aria-label": "Webhook deliveries" });
  let timer = null;
  const path = `/v1/${kind}/${encodeURIComponent(id)}/deliveries`;

  async function load() {
    try {
      const { deliveries: found } = await api.get(path, { signal });
      element.hidden = found.length === 0;
      const refresh = button("Refresh", { iconName: "retry", kind: "quiet", onclick: load });
      replace(
        element,
        h("div", { class: "panel-head" }, h("h2", {}, "Webhook"), refresh),
        h("ul", { role: "list", class: "deliveries" }, found.map(row)),
      );
    } catch (error) {
      if (isAbort(error) || error.status === 404) return; // left, or deleted meanwhile: the view says so
      tellError(error);
    }
  }

  function row(delivery) {
    const again = async () => {
      await api.post(`/v1/deliveries/${encodeURIComponent(delivery.id)}/redeliver`);
      toast("It is sent again.");
      await load();
    };
    return h(
      "li",
      {},
      h(
        "div",
        { class: "panel-head" },
        h(
          "span",
          {},
          h("span", { class: "badge", "data-tone": TONES[delivery.state] }, format.words(delivery.state)),
          " ",
          h("code", {}, delivery.type),
        ),
        delivery.state === "pending"
          ? null
          : button("Send again", { iconName: "retry", kind: "quiet", onclick: again }),
      ),
      h("div", { class: "hint mono" }, delivery.url),
      delivery.disabled &&
        h(
          "div",
          { class: "field-error" },
          "The receiver answered 410: nothing more is sent there until it takes a redelivery.",
        ),
      h(
        "ul",
        { role: "list", class: "hint" },
        delivery.tries.map((each) =>
          h(
            "li",
            {},
            timeOf(each.at),
            ` · ${each.status ?? "no answer"} · ${format.duration(each.duration_ms)}${each.error ? ` · ${each.error}` : ""}`,
          ),
        ),
      ),
      delivery.next_try_at && h("div", { class: "hint" }, nextTry(delivery.next_try_at)),
    );
  }

  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(load, SETTLE_MS);
  };
  return { element, load, soon };
}

/** Events of a job go out in their order: one whose time has come waits for those before it. */
function nextTry(at) {
  return Date.parse(at) > now() ? ["Next try ", timeOf(at)] : "Next try once the earlier ones are through";
}
