/**
 * GET /v1/events, read with fetch (an EventSource can send no key): resumes where it was, backs off, says how it is.
 *
 *   follow({ since, onJob, onDeleted, onFresh, onState, signal })
 *
 * since: a moment in ms from which the first stream tells; lists that are loaded later have no gap to it.
 * onFresh: the stream began anew at now: what happened since it broke is not known, and lists are to be loaded again.
 * onState: {state: "connecting" | "live" | "waiting" | "refused", error?, seconds?}.
 */

import { address, credentials, isAbort, pause, problemOf } from "./api.js";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const SILENCE_MS = 60_000; // heartbeats come more often: a stream that says nothing is dead
const HOPELESS = new Set([401, 403]);

/** Follow the changes of all jobs until `signal` is aborted or the key is refused. */
export async function follow({ since, onJob, onDeleted, onFresh, onState, signal }) {
  const stream = { last: null, since: new Date(since).toISOString(), pauseMs: FIRST_PAUSE_MS };
  const handle = (event) => {
    if (event.id) stream.last = event.id;
    if (event.type === "job") onJob(JSON.parse(event.data));
    else if (event.type === "deleted") onDeleted(JSON.parse(event.data).id);
  };
  while (!signal.aborted) {
    onState({ state: "connecting" });
    try {
      await readOnce(stream, handle, { onFresh, onState, signal });
    } catch (error) {
      if (signal.aborted) return;
      if (HOPELESS.has(error.status)) return onState({ state: "refused", error });
      if (error.status === 400 || error.status === 410) stream.last = stream.since = null; // it no longer knows of then
      onState({ state: "waiting", error, seconds: Math.round(stream.pauseMs / 1000) });
    }
    try {
      await soonOrOnline(stream.pauseMs * (0.8 + Math.random() * 0.4), signal);
    } catch {
      return; // aborted
    }
    stream.pauseMs = Math.min(stream.pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

async function readOnce(stream, handle, { onFresh, onState, signal }) {
  const headers = { Accept: "text/event-stream", ...credentials() };
  if (stream.last) headers["Last-Event-ID"] = stream.last;
  const from = stream.last ? {} : { since: stream.since };
  const response = await fetch(address("/v1/events", from), {
    headers,
    cache: "no-store",
    signal,
  });
  if (!response.ok) throw await problemOf(response);
  const resumed = stream.last !== null || stream.since !== null;
  onState({ state: "live" });
  if (!resumed) onFresh();
  await readAll(response, (events) => {
    stream.pauseMs = FIRST_PAUSE_MS;
    events.forEach(handle);
  });
}

/** Read an answer's stream to its end, events as they come; rejects where it falls silent. */
export async function readAll(response, handle) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parse = parser();
  let watch = null;
  const silence = () =>
    new Promise((_, reject) => {
      watch = setTimeout(() => reject(new DOMException("The stream fell silent.", "TimeoutError")), SILENCE_MS);
    });
  try {
    for (;;) {
      const { value, done } = await Promise.race([reader.read(), silence()]);
      clearTimeout(watch);
      if (done) return;
      handle(parse(value));
    }
  } finally {
    clearTimeout(watch);
    reader.cancel().catch((error) => isAbort(error) || console.debug("the stream was gone already", error));
  }
}

/** Wait, but not longer than until the machine is online again. */
async function soonOrOnline(ms, signal) {
  const online = new AbortController();
  const wake = () => online.abort();
  addEventListener("online", wake, { once: true });
  try {
    await pause(ms, AbortSignal.any([signal, online.signal]));
  } catch (error) {
    if (signal.aborted) throw error;
  } finally {
    removeEventListener("online", wake);
  }
}

/** Text in chunks → whole events, as the HTML standard parses an event stream. */
export function parser() {
  let rest = "";
  let event = { type: "message", data: [], id: null };
  return (chunk) => {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    const whole = [];
    for (const line of lines) {
      if (line === "") {
        if (event.data.length || event.type !== "message") whole.push({ ...event, data: event.data.join("\n") });
        event = { type: "message", data: [], id: null };
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue; // a comment: the heartbeat
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (name === "event") event.type = value;
      else if (name === "data") event.data.push(value);
      else if (name === "id") event.id = value;
    }
    return whole;
  };
}
