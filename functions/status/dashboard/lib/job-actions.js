/** What can be done with a job, wherever it is shown. Each tells what came of it and puts the answer into the store. */

import { api } from "./api.js";
import { confirm } from "./dialogs.js";
import { toast } from "./messages.js";

const pathOf = (job) => `/v1/jobs/${encodeURIComponent(job.id)}`;

/** Stop a job: at once where it waits, soon where it is worked on. */
export async function cancel(store, job) {
  const answer = await api.post(`${pathOf(job)}/cancel`);
  store.put(answer);
  toast(answer.status === "canceled" ? "Canceled." : "Its worker is asked to stop.");
}

/** Queue a failed job again. */
export async function retry(store, job) {
  store.put(await api.post(`${pathOf(job)}/retry`));
  toast("Queued again.");
}

/** Ask, then delete a job and its pictures; whether it was. */
export async function remove(store, job) {
  const text = "The job and its pictures are removed for good. What it cost stays in the books.";
  if (!(await confirm("Delete this job?", text, "Delete"))) return false;
  await api.delete(pathOf(job));
  store.remove(job.id);
  toast("Deleted.");
  return true;
}

/** Ask for more pictures like the job's; the new job. */
export async function vary(store, job) {
  const made = await api.post(`${pathOf(job)}/variations`);
  store.put(made);
  toast("A variation is queued.");
  return made;
}
