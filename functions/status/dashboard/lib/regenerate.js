/** The dialog that makes one scene's picture again, as it was or with changes. */

import { api, newKey } from "./api.js";
import { dialog } from "./dialogs.js";
import { h } from "./dom.js";
import { tellError, toast } from "./messages.js";
import { modelOptions } from "./model-picker.js";
import { button, field, whileBusy } from "./ui.js";

const FIELDS = ["prompt", "negative_prompt", "seed", "model"];

/**
 * Ask what is to be otherwise, and make the scene's picture again.
 * @param {string} boardId
 * @param {Object} scene
 * @param {(job: Object) => void} onmade told of the new picture's job
 */
export async function regenerate(boardId, scene, onmade) {
  const models = await api.get("/v1/models");
  const controls = {
    prompt: h("textarea", { rows: "5", dir: "auto", maxlength: "4000", value: scene.prompt }),
    negative_prompt: h("textarea", {
      rows: "2",
      dir: "auto",
      class: "short",
      maxlength: "4000",
      value: scene.negative_prompt ?? "",
    }),
    seed: h("input", { type: "text", inputmode: "numeric", autocomplete: "off", placeholder: "by chance" }),
    model: h("select", {}, modelOptions(models)),
  };
  controls.model.options[0].textContent = scene.model ? `As before (${scene.model})` : "As before";
  const hints = {
    seed: scene.seed === null ? "Empty: another by chance." : `It was ${scene.seed}. Empty: another by chance.`,
  };
  const labels = { prompt: "Prompt", negative_prompt: "Without", seed: "Seed", model: "Model" };
  const shown = Object.fromEntries(
    FIELDS.map((name) => [name, field(labels[name], controls[name], { hint: hints[name] })]),
  );
  const submit = button("Make it again", { kind: "primary", type: "submit", iconName: "retry" });
  const form = h(
    "form",
    { class: "stack tight", novalidate: true, onsubmit: send },
    FIELDS.map((name) => shown[name]),
    h("p", { class: "hint" }, "The picture that is there stays, under its own job. A new one is paid for."),
    h("div", { class: "actions" }, button("Keep it", { onclick: () => asked.close() }), submit),
  );
  const asked = dialog(`Scene ${scene.index + 1} again`, form, { name: "regenerate", actions: [] });
  controls.prompt.focus();
  let key = newKey(); // one for one wish: a repeat after a lost answer makes no second picture
  form.addEventListener("input", () => (key = newKey()));

  function send(event) {
    event.preventDefault();
    whileBusy(submit, async () => {
      for (const each of Object.values(shown)) each.error("");
      const seed = controls.seed.value.trim();
      if (seed && !/^\d+$/.test(seed)) return refuse("seed", "A seed is a whole number, 0 or more.");
      if (!controls.prompt.value.trim()) return refuse("prompt", "A scene needs a prompt.");
      try {
        const path = `/v1/storyboards/${encodeURIComponent(boardId)}/scenes/${scene.index}/regenerate`;
        const job = await api.post(path, changes(controls, scene), { key });
        asked.close();
        toast(`Scene ${scene.index + 1} is queued again.`);
        onmade(job);
      } catch (error) {
        const placed = (error.errors ?? []).filter(({ pointer }) => shown[pointer.slice(1)]);
        for (const { pointer, detail } of placed) shown[pointer.slice(1)].error(detail);
        if (!placed.length) tellError(error);
        form.querySelector('[aria-invalid="true"]')?.focus();
      }
    });
  }

  function refuse(name, why) {
    shown[name].error(why);
    controls[name].focus();
  }
}

/** What is otherwise, and nothing else. */
function changes(controls, scene) {
  const body = {};
  if (controls.prompt.value !== scene.prompt) body.prompt = controls.prompt.value;
  if (controls.negative_prompt.value !== (scene.negative_prompt ?? ""))
    body.negative_prompt = controls.negative_prompt.value;
  if (controls.seed.value.trim()) body.seed = Number(controls.seed.value);
  if (controls.model.value) body.model = controls.model.value;
  return body;
}
