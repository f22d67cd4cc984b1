import { pageHead, empty, button, badge } from "../lib/ui.js";
export function show(root, context) {
  root.append(pageHead("Queue", { lede: "x", actions: [button("Do", {kind:"primary"}), button("Danger", {kind:"danger"})] }), badge("failed"), badge("generating"), badge("completed"), badge("queued"), empty("Nothing here yet", "Make a job.", {actions: [button("New job", {href:"#/new", kind:"primary"})]}));
}
