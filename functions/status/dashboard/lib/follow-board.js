/** GET /v1/storyboards/{id}/events: one storyboard, change by change, until it has ended; and again when it goes on. */

import { address, credentials, isAbort, pause, problemOf } from "./api.js";
import { readAll } from "./events.js";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const HOPELESS = new Set([401, 403, 404]);

/**
 * @param {string} id
 * @param {(board: Object) => void} onBoard told of each state
 * @param {(error: Error) => void} onError told of what will not mend itself
 * @param {AbortSignal} signal
 * @returns {{again: () => void}} `again`: it may have gone on after its end
 */
export function followBoard(id, onBoard, onError, signal) {
  let last = null; // status_sequence
  let running = false;
  let wanted = true;

  async function run() {
    running = true;
    let pauseMs = FIRST_PAUSE_MS;
    while (wanted && !signal.aborted) {
      try {
        wanted = !(await readOnce());
        pauseMs = FIRST_PAUSE_MS;
      } catch (error) {
        if (signal.aborted) break;
        if (HOPELESS.has(error.status)) {
          wanted = false;
          onError(error);
          break;
        }
        if (!isAbort(error)) console.debug("the storyboard's stream broke", error);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
      if (wanted) await pause(pauseMs, signal).catch(() => null); // aborted: the loop ends
    }
    running = false;
  }

  /** True once it has ended, and all of it is known. */
  async function readOnce() {
    const headers = { Accept: "text/event-stream", ...credentials() };
    if (last !== null) headers["Last-Event-ID"] = String(last);
    const path = `/v1/storyboards/${encodeURIComponent(id)}/events`;
    const response = await fetch(address(path), { headers, cache: "no-store", signal });
    if (response.status === 204) return true;
    if (!response.ok) throw await problemOf(response);
    await readAll(response, (events) => {
      for (const event of events) {
        if (event.type !== "storyboard") continue;
        const board = JSON.parse(event.data);
        last = board.status_sequence;
        onBoard(board);
      }
    });
    return false; // the next call says whether there is more to come
  }

  function again() {
    wanted = true;
    if (!running) run();
  }

  again();
  return { again };
}
