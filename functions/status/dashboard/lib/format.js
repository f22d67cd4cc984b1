/** Figures in words. Money is micro-USD and null is unknown, never 0; times are RFC 3339; durations are ms. */

const NONE = "–";
const DAY = 86_400_000;
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dayAndYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const whole = new Intl.NumberFormat(undefined);

/** 850 ms · 4.2 s · 3 min 20 s · 2 h 5 min · 3 d 4 h; unknown is a dash. */
export function duration(ms) {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return NONE;
  const short = Math.max(0, ms);
  if (short < 1000) return `${Math.round(short)} ms`;
  if (short < 59_950) return `${(short / 1000).toFixed(1)} s`;
  return coarse(short);
}

/** The same in whole seconds: of what ticks. */
export function age(ms) {
  const short = Math.max(0, ms);
  return short < 60_000 ? `${Math.floor(short / 1000)} s` : coarse(short);
}

function coarse(ms) {
  const seconds = Math.round(ms / 1000);
  const units = [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ];
  const first = units.findIndex(([, size]) => seconds >= size);
  const [[name, size], next] = [units[first], units[first + 1]];
  const rest = next && Math.floor((seconds % size) / next[1]);
  return `${Math.floor(seconds / size)} ${name}${rest ? ` ${rest} ${next[0]}` : ""}`;
}

/** $0.04 · $12.50 · $0.0335; null is “unknown”. */
export function money(micros) {
  if (micros === null || micros === undefined) return "unknown";
  const usd = micros / 1_000_000;
  const most = Math.abs(usd) >= 100 ? 2 : 4;
  const sign = usd < 0 ? "−" : "";
  return `${sign}$${Math.abs(usd).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: most })}`;
}

/** 22.6 kB · 1.4 MB. */
export function bytes(count) {
  if (count === null || count === undefined) return NONE;
  if (count < 1000) return `${count} B`;
  const [value, unit] = count < 1e6 ? [count / 1e3, "kB"] : count < 1e9 ? [count / 1e6, "MB"] : [count / 1e9, "GB"];
  return `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`;
}

/** 12,345. */
export function number(value) {
  return value === null || value === undefined ? NONE : whole.format(value);
}

/** 98.2 %, of a share from 0 to 1. */
export function percent(share) {
  return share === null || share === undefined ? NONE : `${(share * 100).toFixed(1).replace(/\.0$/, "")} %`;
}

/** “1 job”, “2 jobs”. */
export function count(value, one, many = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** A moment in the reader's own time: 18:04:22 today, 21 Nov 18:04:22 this year. */
export function moment(text, now = Date.now()) {
  if (!text) return NONE;
  const at = new Date(text);
  const today = new Date(now);
  if (at.toDateString() === today.toDateString()) return clock.format(at);
  const date = at.getFullYear() === today.getFullYear() ? day : dayAndYear;
  return `${date.format(at)} ${clock.format(at)}`;
}

/** A calendar day, 21 Nov 2026. */
export function date(text) {
  return text ? dayAndYear.format(new Date(text.length === 10 ? `${text}T12:00:00` : text)) : NONE;
}

/** How long ago, coarse: “just now”, “4 min ago”, “3 d ago”. */
export function ago(text, now = Date.now()) {
  const ms = now - Date.parse(text);
  if (ms < 10_000) return "just now";
  return ms < 7 * DAY ? `${coarse(ms).split(" ").slice(0, 2).join(" ")} ago` : date(text);
}

/** A name out of the API's code: `safety_blocked` → “safety blocked”. */
export function words(code) {
  return String(code ?? NONE).replaceAll("_", " ");
}
