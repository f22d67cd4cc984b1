/** The server's time as far as it is known, and one tick a second for everything that ages. */

const TOLERATED_MS = 3000; // a Date header has whole seconds, and took its time to come
let skewMs = 0;

/** Now, as the server has it: a laptop whose clock is wrong shows right ages all the same. */
export function now() {
  return Date.now() + skewMs;
}

/** Learn from an answer's Date header. */
export function learn(header) {
  const skew = Date.parse(header) - Date.now();
  if (Number.isFinite(skew)) skewMs = Math.abs(skew) > TOLERATED_MS ? skew : 0;
}

const listeners = new Set();
let timer = null;

/** Call `tick(now)` each second until `signal` is aborted, while the page is visible. */
export function everySecond(tick, signal) {
  listeners.add(tick);
  signal.addEventListener("abort", () => listeners.delete(tick), { once: true });
  timer ??= setInterval(() => {
    if (document.hidden) return;
    const at = now();
    for (const listener of listeners) listener(at);
  }, 1000);
}
