/**
 * The API: JSON in and out, errors in words.
 *
 *   await api.get("/v1/jobs", { query: { status: "failed" }, signal })
 *   await api.post("/v1/jobs", { prompt })            // with an Idempotency-Key of its own, safe to repeat
 *   for await (const page of api.pages("/v1/jobs", { query, signal })) …
 *
 * Each rejects with an ApiError, or with an AbortError where `signal` said so.
 */

import { learn } from "./clock.js";
import * as session from "./session.js";

/** Where the API is: beside the page, also behind a gateway's prefix. */
export const BASE = new URL(".", document.baseURI).href.replace(/\/$/, "");
const AGAIN = new Set([502, 503, 504]);
const TRIES = 3;
const PAUSE_MS = 400;

/** Told when a key is refused (`signed-out`, with the error as `detail`). */
export const sessionEvents = new EventTarget();

/** Why a call was not answered as asked. */
export class ApiError extends Error {
  /** @param {{status: number, code: string, detail: string, errors?: Array, retryAfter?: number, exceeded?: Object}} problem */
  constructor(problem) {
    super(problem.detail);
    this.name = "ApiError";
    this.status = problem.status; // 0: there was no answer
    this.code = problem.code;
    this.errors = problem.errors ?? []; // [{pointer, detail}]
    this.retryAfter = problem.retryAfter ?? null; // seconds
    this.exceeded = problem.exceeded ?? null;
  }
}

/** Whether an error only says that nobody wants the answer any more. */
export function isAbort(error) {
  return error?.name === "AbortError";
}

/** A key for one write: repeat the write with it, and it happens once. */
export function newKey() {
  const random = crypto.getRandomValues(new Uint8Array(16)); // randomUUID wants https
  return `dashboard-${Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** The headers that say who calls. */
export function credentials() {
  const key = session.key();
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** `path` with its query; null, undefined and "" are left out. */
export function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return `${BASE}${path}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

/** An ApiError out of an answer that is not 2xx. */
export async function problemOf(response) {
  const text = await response.text();
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    // Not ours: a proxy's page, say. The status is all that is known.
  }
  const retryAfter = Number(response.headers.get("Retry-After")) || null;
  const detail = body.detail ?? `The server answered ${response.status} ${response.statusText}`.trim();
  return new ApiError({
    status: response.status,
    code: body.code ?? `http_${response.status}`,
    detail: retryAfter && response.status === 429 ? `${detail} Try again in ${retryAfter} s.` : detail,
    errors: body.errors,
    exceeded: body.exceeded,
    retryAfter,
  });
}

async function call(method, path, { query, body, headers = {}, signal } = {}) {
  const asked = {
    method,
    signal,
    cache: "no-store",
    headers: { Accept: "application/json", ...credentials(), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  };
  if (body !== undefined) asked.headers["Content-Type"] = "application/json";
  const response = await sent(address(path, query), asked);
  learn(response.headers.get("Date"));
  if (response.ok)
    return response.status === 204 || response.headers.get("Content-Length") === "0" ? null : read(response);
  const error = await problemOf(response);
  if (error.status === 401) sessionEvents.dispatchEvent(new CustomEvent("signed-out", { detail: error }));
  throw error;
}

async function read(response) {
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/** A read, or a write with its key, is repeated where no answer came or the service was away. */
async function sent(url, asked) {
  for (let tried = 1; ; tried += 1) {
    try {
      const response = await fetch(url, asked);
      if (!AGAIN.has(response.status) || tried === TRIES) return response;
    } catch (error) {
      if (isAbort(error)) throw error;
      if (tried === TRIES) {
        const detail = "The server cannot be reached. Check the connection; nothing is lost, and repeating is safe.";
        throw new ApiError({ status: 0, code: "unreachable", detail });
      }
    }
    await pause(PAUSE_MS * 2 ** (tried - 1), asked.signal);
  }
}

/** Wait; rejects at once with an AbortError where `signal` says so. */
export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

const write =
  (method) =>
  (path, body, { key = newKey(), ...options } = {}) =>
    call(method, path, { ...options, body, headers: { "Idempotency-Key": key, ...options.headers } });

/** The calls. `options`: query, signal, headers; writes also `key`. */
export const api = {
  get: (path, options) => call("GET", path, options),
  post: write("POST"),
  delete: (path, options) => write("DELETE")(path, undefined, options),
  /** A POST that stores nothing, and takes no key. */
  ask: (path, body, options) => call("POST", path, { ...options, body }),

  /** Each page of a listing, in turn. */
  async *pages(path, { query = {}, signal } = {}) {
    let token = null;
    do {
      const page = await call("GET", path, { query: { ...query, page_token: token }, signal });
      yield page;
      token = page.next_page_token;
    } while (token);
  },
};
