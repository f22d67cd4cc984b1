/** Signing in: with the key of the session, with one that is typed, or with none where none is needed. */

import { api } from "./api.js";
import { h, replace } from "./dom.js";
import * as session from "./session.js";
import { brand } from "./shell.js";
import { button, errorPanel, field, whileBusy } from "./ui.js";

/** Whether the server said, with the page, that it asks for a key; where a browser does not tell, it is to be tried. */
export function isClosed() {
  const [page] = performance.getEntriesByType("navigation");
  return page?.serverTiming?.some(({ name }) => name === "key") ?? false;
}

/** Whether the API lets us in as we are, with the key of the session or without. Rejects where it cannot be asked. */
export async function isWelcome() {
  try {
    await api.get("/v1/models");
    return true;
  } catch (error) {
    if (error.status === 401) return false;
    if (error.status === 403 && error.code !== "tenant_disabled") return true; // of fewer rights: what it may, it may
    throw error;
  }
}

/**
 * Show the form in `root`; resolves once a key was taken.
 * @param {string} [why] what ended the last session
 */
export function askForKey(root, why = "") {
  return new Promise((resolve) => {
    const input = h("input", {
      type: "password",
      name: "key",
      autocomplete: "off",
      spellcheck: "false",
      required: true,
    });
    const asked = field("API key", input, { hint: "It stays in this tab, and is gone when the tab is closed." });
    const enter = button("Sign in", { kind: "primary", type: "submit" });
    const check = async () => {
      const typed = input.value.trim();
      if (!typed) return asked.error("Paste a key. Whoever runs this Darkroom makes one: darkroom keys create.");
      session.keep(typed);
      try {
        if (await isWelcome()) return resolve();
      } catch (error) {
        session.forget();
        return asked.error(error.message);
      }
      session.forget();
      asked.error("This key is not known here, or was revoked or has expired. Check that all of it was pasted.");
      input.select();
    };
    const form = h(
      "form",
      {
        novalidate: true,
        onsubmit: (event) => {
          event.preventDefault();
          whileBusy(enter, check);
        },
      },
      h("h1", {}, brand("span")),
      asked,
      enter,
    );
    replace(root, h("main", { class: "sign-in" }, form));
    document.title = "Sign in · Darkroom";
    asked.error(why);
    input.focus();
  });
}

/** Say that the API cannot be asked; resolves when it is to be tried again. */
export function askAgain(root, error) {
  return new Promise((resolve) => {
    replace(
      root,
      h(
        "main",
        { class: "sign-in" },
        h("div", { class: "stack" }, h("h1", {}, brand("span")), errorPanel(error, resolve)),
      ),
    );
  });
}
