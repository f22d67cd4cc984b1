/** The page: let in, follow the changes, show the view of the address; begin again when the key is refused. */

import { sessionEvents } from "./lib/api.js";
import { now } from "./lib/clock.js";
import { replace } from "./lib/dom.js";
import { follow } from "./lib/events.js";
import * as keys from "./lib/keys.js";
import * as messages from "./lib/messages.js";
import * as pictures from "./lib/pictures.js";
import { start } from "./lib/router.js";
import * as session from "./lib/session.js";
import { shell } from "./lib/shell.js";
import { askAgain, askForKey, isClosed, isWelcome } from "./lib/sign-in.js";
import { JobStore } from "./lib/store.js";

const MARGIN_MS = 5000; // the stream begins this much before the first list is asked for
const root = document.getElementById("root");

/** Resolves with what to tell whoever has to sign in again. */
function run() {
  return new Promise((resolve) => {
    const ended = new AbortController();
    const end = (why) => {
      ended.abort();
      session.forget();
      pictures.forget();
      resolve(why);
    };
    const store = new JobStore();
    const live = new EventTarget(); // `fresh`: the stream lost its place, so lists are to be loaded again
    const frame = shell({ signOut: session.key() ? () => end("") : null, signal: ended.signal });
    replace(root, frame.element);
    sessionEvents.addEventListener("signed-out", ({ detail }) => end(detail.message), { signal: ended.signal });
    start(frame.main, { store, live }, ended.signal);
    follow({
      since: now() - MARGIN_MS,
      onJob: (job) => store.put(job),
      onDeleted: (id) => store.remove(id),
      onFresh: () => {
        store.epoch += 1;
        live.dispatchEvent(new Event("fresh"));
      },
      onState: (state) => {
        frame.showLive(state);
        if (state.error?.status === 401) end(state.error.message);
      },
      signal: ended.signal,
    });
  });
}

async function enter() {
  for (let why = ""; ;) {
    try {
      if (!session.key() && isClosed()) await askForKey(root, why);
      else if (!(await isWelcome())) await askForKey(root, session.key() ? "Your key is no longer taken here." : why);
    } catch (error) {
      if (error.status === 403) session.forget(); // its tenant may not come in: another's key may
      await (error.status === 403 ? askForKey(root, error.message) : askAgain(root, error));
      continue;
    }
    why = await run();
  }
}

messages.install(document.body);
keys.install();
addEventListener("unhandledrejection", (event) => messages.tellError(event.reason));
enter();
