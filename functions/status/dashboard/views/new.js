/** A new job, or an old one again with changes (`#/new?from=<id>`). */

import { api, newKey } from "../lib/api.js";
import { estimate } from "../lib/estimate.js";
import { bodyOf, fill, jobFields, recall, remember, showErrors } from "../lib/job-form.js";
import { h, replace } from "../lib/dom.js";
import { keptFields } from "../lib/kept-fields.js";
import { tellError, toast } from "../lib/messages.js";
import { modelFacts } from "../lib/model-picker.js";
import { references } from "../lib/references.js";
import { button, pageHead, skeleton, whileBusy } from "../lib/ui.js";

let draft = null; // what was written and not sent: who looks at the queue in between finds it again

/** Show the form. */
export async function show(root, { query, signal, store }) {
  replace(root, pageHead("New job"), skeleton("24rem"));
  const from = query.get("from");
  const [models, { styles }, source] = await Promise.all([
    api.get("/v1/models", { signal }),
    api.get("/v1/styles", { signal }),
    from ? api.get(`/v1/jobs/${encodeURIComponent(from)}`, { signal }) : null,
  ]);
  if (signal.aborted) return;

  const fields = jobFields(models, styles, store);
  const refs = references(changed, signal);
  const kept = keptFields(changed);
  const facts = modelFacts(models, fields.model.control);
  const cost = estimate(signal, (errors) => showErrors(fields, refs, errors));
  const submit = button("Make it", {
    kind: "primary",
    type: "submit",
    iconName: "plus",
    props: { class: "button submit" },
  });
  const form = h(
    "form",
    {
      class: "new-job",
      novalidate: true,
      oninput: changed,
      onkeydown: (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.requestSubmit(),
      onsubmit: (event) => {
        event.preventDefault();
        whileBusy(submit, send);
      },
    },
    h(
      "div",
      { class: "stack" },
      h(
        "section",
        { class: "panel stack", "aria-label": "Words" },
        fields.prompt.shown,
        fields.negative_prompt.shown,
        fields.style.shown,
      ),
      h("section", { class: "panel stack", "aria-label": "References" }, refs.element),
      h(
        "section",
        { class: "panel stack", "aria-label": "Where it belongs" },
        h("div", { class: "columns" }, fields.project_id.shown, fields.scene_id.shown, fields.labels.shown),
      ),
    ),
    h(
      "aside",
      { class: "stack", "aria-label": "Settings and cost" },
      h(
        "section",
        { class: "panel stack" },
        fields.model.shown,
        facts.element,
        h(
          "div",
          { class: "columns" },
          fields.aspect_ratio.shown,
          fields.n.shown,
          fields.seed.shown,
          fields.priority.shown,
          fields.cache.shown,
        ),
        kept.element,
      ),
      h("section", { class: "panel stack submit-panel" }, cost.summary, submit, cost.about),
    ),
  );
  const lede = source
    ? h(
        "span",
        {},
        "Again, from ",
        h("a", { href: `#/jobs/${encodeURIComponent(from)}` }, "an earlier job"),
        ": change what you like.",
      )
    : "Say what is to be seen. The cost is told before anything is spent.";
  replace(root, pageHead("New job", { lede }), form);

  let sent = false;
  if (source) kept.set(fill(fields, refs, source));
  else if (draft?.store === store) recall(fields, refs, draft);
  signal.addEventListener("abort", () => {
    if (!source && !sent) draft = { store, ...remember(fields, refs) };
  });
  let key = newKey(); // one for one wish: a repeat after a lost answer makes no second job
  facts.show();
  cost.ask(body());
  if (!matchMedia("(pointer: coarse)").matches) fields.prompt.control.focus();

  function body() {
    return { ...kept.value(), ...bodyOf(fields, refs) };
  }

  function changed() {
    key = newKey();
    showErrors(fields, refs, []);
    facts.show();
    cost.ask(body());
  }

  async function send() {
    if (refs.busy) return toast("A picture is still being uploaded.", "error");
    try {
      const job = await api.post("/v1/jobs", body(), { key, signal });
      sent = true;
      draft = null;
      store.put(job);
      toast("Queued.");
      location.hash = `#/jobs/${job.id}`;
    } catch (error) {
      const unplaced = showErrors(fields, refs, error.errors ?? []);
      if (!error.errors?.length || unplaced.length) tellError(error);
      form.querySelector('[aria-invalid="true"]')?.focus();
    }
  }
}
