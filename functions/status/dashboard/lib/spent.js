/** What GET /v1/usage adds up, in words: a call whose price nobody knows is unknown, never nothing. */

import * as format from "./format.js";

const CENT = 10_000;
const TO_THE_CENT = 10_000_000; // from ten dollars on, nobody reads their fractions

/** Money at a glance: large sums in whole cents. */
export function roughly(micros) {
  return format.money(Math.abs(micros) < TO_THE_CENT ? micros : Math.round(micros / CENT) * CENT);
}

/** “$1.24”, “$1.24 + 3 unknown”, “unknown”. */
export function spentText({ micros, unknown_calls: unknown }) {
  if (!unknown) return format.money(micros);
  return micros ? `${format.money(micros)} + ${format.number(unknown)} unknown` : "unknown";
}

/** Two sums as one. */
export function plus(a, b) {
  return Object.fromEntries(Object.keys(NOTHING).map((name) => [name, a[name] + b[name]]));
}

/** A day on which no job ended. */
export const NOTHING = Object.freeze({ jobs: 0, images: 0, calls: 0, micros: 0, unknown_calls: 0 });
