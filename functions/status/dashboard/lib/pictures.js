/**
 * Addresses that `<img src>` can open: the page cannot send its key with a picture, so it asks for signed links.
 * A link is kept until shortly before it expires; a few are asked for at a time.
 */

import { api } from "./api.js";

const MARGIN_MS = 60_000;
const AT_ONCE = 6;
const known = new Map(); // address of the call → {url, until} or a promise of it
const waiting = [];
let busy = 0;

/**
 * A link to one image of a job.
 * @param {string} jobId
 * @param {number} index
 * @param {"image"|"thumbnail"|"original"|"download"} [kind]
 * @returns {Promise<string>}
 */
export async function link(jobId, index, kind = "image") {
  const name = `${jobId}/${index}/${kind}`;
  const kept = known.get(name);
  if (kept && (kept instanceof Promise || kept.until > Date.now() + MARGIN_MS)) return (await kept).url;
  const asked = queued(() => ask(jobId, index, kind));
  known.set(name, asked);
  try {
    const found = await asked;
    known.set(name, found);
    return found.url;
  } catch (error) {
    known.delete(name);
    throw error;
  }
}

/** The smallest that serves as a preview of a job's image: its thumbnail where there is one. */
export function preview(job, image) {
  return link(job.id, image.index, image.thumbnail ? "thumbnail" : "image");
}

/** Forget one link, which did not open: the next call asks for a new one. */
export function forgetLink(jobId, index, kind) {
  known.delete(`${jobId}/${index}/${kind}`);
}

/** Forget all links: they were of whoever signed out. */
export function forget() {
  known.clear();
}

async function ask(jobId, index, kind) {
  const query = { redirect: "false", ...(kind === "image" ? {} : { [kind]: "true" }) };
  const found = await api.get(`/v1/jobs/${encodeURIComponent(jobId)}/images/${index}`, { query });
  return { url: found.url, until: Date.parse(found.expires_at) };
}

async function queued(work) {
  if (busy >= AT_ONCE) await new Promise((resolve) => waiting.push(resolve));
  busy += 1;
  try {
    return await work();
  } finally {
    busy -= 1;
    waiting.shift()?.();
  }
}
