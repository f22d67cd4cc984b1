/** The frame around the views: navigation, the safelight that says whether the page is live, and its tools. */

import { h, replace } from "./dom.js";
import { icon } from "./icons.js";
import { help } from "./keys.js";
import { button } from "./ui.js";

const PLACES = [
  ["new", "New job", "plus"],
  ["queue", "Queue", "queue"],
  ["gallery", "Gallery", "gallery"],
  ["boards", "Boards", "boards"],
  ["spend", "Spend", "spend"],
  ["health", "Health", "health"],
];
const LIVE = { connecting: "Connecting…", live: "Live", refused: "Not live" };

/** The brand: the safelight and the name. */
export function brand(tag = "a") {
  const light = h("span", { class: "safelight", "aria-hidden": "true" });
  return h(
    tag,
    { class: "brand", href: tag === "a" && "#/queue" },
    light,
    h("span", { class: "brand-name" }, "Darkroom"),
  );
}

/**
 * The shell, until `signal` is aborted; `signOut` is null where no key is needed.
 * @returns {{element: HTMLElement, main: HTMLElement, showLive: (state: Object) => void}}
 */
export function shell({ signOut, signal }) {
  const main = h("main", { class: "main", id: "main", tabindex: "-1" });
  const state = h("p", { class: "live-state", role: "status", "data-testid": "live" }, LIVE.connecting);
  const tools = h(
    "div",
    { class: "side-tools" },
    themeButton(signal),
    button("Keyboard shortcuts", {
      iconName: "keyboard",
      kind: "quiet",
      iconOnly: true,
      onclick: help,
      props: { class: "button wide-only" },
    }),
    signOut && button("Sign out", { iconName: "leave", kind: "quiet", iconOnly: true, onclick: signOut }),
  );
  const links = PLACES.map(([name, label, picture]) =>
    h("li", { class: `nav-${name}` }, h("a", { href: `#/${name}` }, icon(picture), h("span", {}, label))),
  );
  const side = h(
    "header",
    { class: "side" },
    brand(),
    h("nav", { class: "nav", "aria-label": "Views" }, h("ul", { role: "list" }, links)),
    h("div", { class: "side-foot" }, state, tools),
  );
  const skip = h(
    "a",
    {
      class: "skip",
      href: "#main",
      onclick: (event) => {
        event.preventDefault();
        main.focus();
      },
    },
    "Skip to the content",
  );
  const element = h("div", { class: "shell" }, skip, side, main);
  const showLive = ({ state: name, seconds, error }) => {
    element.dataset.live = name;
    const text = name === "waiting" ? `Not live. Trying again in ${seconds} s` : (LIVE[name] ?? name);
    replace(state, text);
    state.title = error?.message ?? "";
  };
  showLive({ state: "connecting" });
  return { element, main, showLive };
}

function themeButton(signal) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const shown = button("Change to light", { iconName: "sun", kind: "quiet", iconOnly: true, onclick: () => turn() });
  const say = () => {
    const label = isDark() ? "Change to light" : "Change to dark";
    shown.setAttribute("aria-label", label);
    shown.title = label;
    replace(shown, icon(isDark() ? "sun" : "moon"));
  };
  const turn = () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("darkroom.theme", document.documentElement.dataset.theme);
    } catch {
      // Storage is closed to this page: the choice lasts as long as it is open.
    }
    say();
  };
  system.addEventListener("change", say, { signal });
  say();
  return shown;
}
