/**
 * Pictures for a film's front end: one module, for browsers and for Node from 18 on.
 *
 *     import { createImageService } from "https://darkroom.example/client.js";
 *     const images = createImageService({ baseUrl: "https://darkroom.example", token, sceneId: "3", shotId: "12" });
 *     const { imageUrl } = await images.generateFrameAnchor("film-7", "a lighthouse in the fog", "noir", true);
 *
 * What goes wrong is an ImageServiceError.
 */

const RETRIES = 3; // of one request, as often as that is safe and may help
const LONGEST_WAIT = 10_000; // milliseconds between two of them, unless the service asks for more
const MOST_PATIENCE = 60_000; // milliseconds that the service may ask for before we give up
const ANSWER_WITHIN = 30_000; // milliseconds
const RETRYABLE = new Set(["TEMPORARY", "RATE_LIMIT"]);
const OVER = new Set(["completed", "failed", "canceled"]);

/** Why there is no picture. */
export class ImageServiceError extends Error {
  /**
   * @param {object} error
   * @param {"TEMPORARY"|"RATE_LIMIT"|"PERMANENT"|"AUTH_ERROR"|"UNKNOWN"} error.type
   * @param {string} error.code stable, such as `safety_blocked`
   * @param {string} error.message
   * @param {"generating"|"uploading"|"persisting"|null} [error.failureStage] null: of no job
   * @param {boolean} [error.retryable] whether the same call, later, may succeed
   * @param {{jobId?: string, status?: number, cause?: unknown}} [about] the job, the answer's HTTP status, what led here
   */
  constructor({ type, code, message, failureStage = null, retryable = RETRYABLE.has(type) }, about = {}) {
    super(message, { cause: about.cause });
    this.name = "ImageServiceError";
    this.type = type;
    this.code = code;
    this.failureStage = failureStage;
    this.retryable = retryable;
    this.jobId = about.jobId;
    this.status = about.status;
  }
}

/**
 * @param {object} options
 * @param {string} options.baseUrl where the service is
 * @param {string | (() => string | Promise<string>)} [options.token] a key, or what gives one for each request
 * @param {string} [options.branchId]
 * @param {string} [options.sceneId] frames need it
 * @param {string} [options.shotId] frames need it
 * @param {number} [options.width] pixels
 * @param {number} [options.height] pixels
 * @param {number} [options.maxAttempts] how often a job is looked at before it is given up
 * @param {number} [options.intervalMs] between two looks
 * @param {boolean} [options.streaming] whether to be told of the job's end, where that can be had
 * @param {typeof fetch} [options.fetch] what asks
 */
export function createImageService({
  baseUrl,
  token,
  branchId = "main",
  sceneId,
  shotId,
  width,
  height,
  maxAttempts = 60,
  intervalMs = 1000,
  streaming = true,
  fetch = globalThis.fetch.bind(globalThis),
}) {
  const base = baseUrl.replace(/\/+$/, "");

  async function ask(path, { signal, headers, ...init } = {}) {
    const key = typeof token === "function" ? await token() : token;
    const authorization = key ? { Authorization: `Bearer ${key}` } : {};
    return fetch(base + path, { ...init, signal, headers: { ...headers, ...authorization } });
  }

  /** The answer's JSON. Whatever is sent here may be sent again: a GET, or a POST with a key. */
  async function json(path, init) {
    for (let retry = 0; ; retry += 1) {
      const { answer, error } = await attempt(path, init);
      if (!error) return answer;
      const pause = error.waitMs ?? backOff(retry);
      if (!error.retryable || retry === RETRIES || pause > MOST_PATIENCE) throw error;
      await sleep(pause);
    }
  }

  async function attempt(path, init) {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), ANSWER_WITHIN);
    try {
      const response = await ask(path, { ...init, signal: giveUp.signal });
      const body = await response.text(); // a lost end is a lost answer
      return response.ok ? { answer: JSON.parse(body) } : { error: refusal(response, body) };
    } catch (cause) {
      const message = `${base} does not answer: ${cause?.message ?? cause}`;
      return { error: new ImageServiceError({ type: "TEMPORARY", code: "network_error", message }, { cause }) };
    } finally {
      clearTimeout(timer);
    }
  }

  async function generate(wish) {
    const idempotencyKey = newKey(); // a repeat of a lost answer is the same job
    const body = JSON.stringify({ branchId, width, height, ...wish, idempotencyKey });
    const headers = { "Content-Type": "application/json" };
    const { jobId } = await json("/api/images/generate", { method: "POST", headers, body });
    const job = await ended(jobId);
    if (job.status !== "completed") throw new ImageServiceError(job.error, { jobId });
    return { imageUrl: job.publicUrl };
  }

  async function ended(jobId) {
    const path = `/api/images/jobs/${encodeURIComponent(jobId)}`;
    const began = Date.now();
    if (streaming) await told(jobId, maxAttempts * intervalMs);
    let looks = Math.max(1, maxAttempts - Math.floor((Date.now() - began) / intervalMs));
    let job;
    for (;;) {
      job = await json(path);
      looks -= 1;
      if (OVER.has(job.status)) return job;
      if (looks <= 0) break;
      await sleep(intervalMs);
    }
    const message = `job ${jobId} is ${job.status} after ${(maxAttempts * intervalMs) / 1000} s; it goes on without us`;
    throw new ImageServiceError({ type: "TEMPORARY", code: "timeout", message }, { jobId });
  }

  /** Comes back once the job has ended; or the time is up, or nobody would tell, and then it is to be asked for. */
  async function told(jobId, milliseconds) {
    const leave = new AbortController();
    const timer = setTimeout(() => leave.abort(), milliseconds);
    try {
      const headers = { Accept: "text/event-stream" };
      const response = await ask(`/v1/jobs/${encodeURIComponent(jobId)}/events`, { headers, signal: leave.signal });
      if (!response.ok || !response.body?.getReader) return;
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      let text = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const events = (text + decoder.decode(value, { stream: true })).split("\n\n");
        text = events.pop();
        if (events.some((event) => OVER.has(statusIn(event)))) return;
      }
    } catch {
      // A stream that cannot be had, or breaks off, is no loss: looking tells the same.
    } finally {
      clearTimeout(timer);
      leave.abort();
    }
  }

  return {
    /** A picture that every scene may use: a place, a person, a thing. */
    generateAssetImageKey: (projectId, description, visualStyleCapsuleId) =>
      generate({ projectId, jobType: "master_asset", prompt: description, visualStyleCapsuleId }),
    /** The first or the last frame of the shot. */
    generateFrameAnchor: (projectId, prompt, visualStyleCapsuleId, isStartFrame) =>
      generate({
        projectId,
        sceneId,
        shotId,
        jobType: isStartFrame ? "start_frame" : "end_frame",
        prompt,
        visualStyleCapsuleId,
      }),
  };
}

function refusal(response, body) {
  const { status } = response;
  let told;
  try {
    told = JSON.parse(body).error;
  } catch {
    told = null; // not the service, but something before it
  }
  const type = status === 401 || status === 403 ? "AUTH_ERROR" : status === 429 ? "RATE_LIMIT" : null;
  const otherwise = { type: type ?? (status >= 500 ? "TEMPORARY" : "PERMANENT"), code: `http_${status}` };
  const known = typeof told?.type === "string" ? told : { ...otherwise, message: `the service answered ${status}` };
  const error = new ImageServiceError(known, { status });
  error.waitMs = milliseconds(response.headers.get("Retry-After"));
  return error;
}

/** Retry-After is seconds, or a date. */
function milliseconds(text) {
  if (!text) return undefined;
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(wait, 0);
}

function statusIn(event) {
  const data = event.split("\n").filter((line) => line.startsWith("data:"));
  try {
    return JSON.parse(data.map((line) => line.slice(5)).join("\n")).status;
  } catch {
    return undefined; // a comment
  }
}

/** 1, 2, 4, 8 seconds, at most 10, and no two clients at once. */
function backOff(retry) {
  return Math.min(1000 * 2 ** retry, LONGEST_WAIT) * (0.5 + Math.random() / 2);
}

/** It must be new, not secret; pages without TLS and Node 18 have no randomUUID. */
function newKey() {
  const bytes = Array.from({ length: 16 }, () => Math.floor(Math.random() * 256));
  const better = globalThis.crypto?.getRandomValues?.(new Uint8Array(16));
  return Array.from(better ?? bytes).map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
