/** What was spent day by day: bars on an axis, to be read by pointer, by keyboard and, as a table, by ear. */

import { h, replace, setText, svg } from "./dom.js";
import * as format from "./format.js";
import { NOTHING, spentText } from "./spent.js";
import { table } from "./ui.js";

const HEIGHT = 220;
const PAD = { top: 16, right: 4, bottom: 26, left: 60 };
const DAY_MS = 86_400_000;
const LABEL_PX = 64; // room that a day's name wants
const TICKS = 4;
const dayName = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

/** Every day of the window in UTC, as {day, spent}; those that the answer has no group for spent nothing. */
export function daysOf({ from, to, groups }) {
  const known = new Map(groups.map((group) => [group.day, group]));
  const days = [];
  const end = Date.parse(to) - 1;
  for (let at = Date.parse(`${from.slice(0, 10)}T00:00:00Z`); at <= end; at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    days.push({ day, spent: known.get(day) ?? NOTHING });
  }
  return days;
}

/**
 * The plot of these days.
 * @param {{day: string, spent: Object}[]} days
 * @param {AbortSignal} signal of the view
 */
export function dayPlot(days, signal) {
  const drawing = h("div", {
    class: "plot",
    tabindex: "0",
    role: "group",
    "aria-label": "Spend by day. The arrow keys go from day to day; the table below has all figures.",
  });
  const readout = h("p", { class: "plot-readout", role: "status" }, summary(days));
  let chosen = -1;
  let geometry = null;

  const draw = () => {
    geometry = geometryOf(days, drawing.clientWidth);
    replace(drawing, geometry.width > 0 && picture(days, geometry, chosen));
  };
  const choose = (at) => {
    if (at === chosen) return;
    chosen = at;
    setText(readout, at < 0 ? summary(days) : sentence(days[at]));
    for (const [index, bar] of drawing.querySelectorAll(".plot-day").entries())
      bar.toggleAttribute("data-chosen", index === at);
  };
  drawing.addEventListener("pointermove", (event) => {
    const x = event.clientX - drawing.getBoundingClientRect().left - PAD.left;
    const at = Math.floor(x / geometry.step);
    choose(at >= 0 && at < days.length ? at : -1);
  });
  drawing.addEventListener("pointerleave", () => choose(-1));
  drawing.addEventListener("blur", () => choose(-1));
  drawing.addEventListener("keydown", (event) => {
    const last = days.length - 1;
    const to = {
      ArrowLeft: chosen < 0 ? last : Math.max(0, chosen - 1),
      ArrowRight: Math.min(last, chosen + 1),
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
  });
  const sized = new ResizeObserver(draw);
  sized.observe(drawing);
  signal.addEventListener("abort", () => sized.disconnect(), { once: true });
  return h("div", {}, readout, drawing, figures(days));
}

function geometryOf(days, width) {
  const inner = Math.max(0, width - PAD.left - PAD.right);
  const most = Math.max(...days.map(({ spent }) => spent.micros), 1);
  const tick = nice(most / TICKS);
  return { width, inner, step: inner / days.length, tick, top: Math.ceil(most / tick) * tick };
}

/** The least of 1, 2, 2.5 and 5 times a power of ten that is not below `value`. */
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= value * 0.999);
}

function picture(days, { width, inner, step, tick, top }, chosen) {
  const plotted = HEIGHT - PAD.top - PAD.bottom;
  const y = (micros) => PAD.top + plotted * (1 - micros / top);
  const lines = [];
  for (let value = 0; value <= top + tick / 2; value += tick) {
    lines.push(
      svg("line", {
        class: value ? "plot-line" : "plot-axis",
        x1: PAD.left,
        x2: PAD.left + inner,
        y1: y(value),
        y2: y(value),
      }),
      svg(
        "text",
        { class: "plot-text", x: PAD.left - 8, y: y(value) + 4, "text-anchor": "end" },
        value ? axisMoney(value, tick) : "$0",
      ),
    );
  }
  const every = Math.max(1, Math.ceil(LABEL_PX / step));
  const gap = Math.min(step * 0.3, 6);
  const bars = days.map(({ day, spent }, at) => {
    const x = PAD.left + at * step;
    const bar = {
      x: x + gap / 2,
      width: Math.max(1, Math.min(step - gap, 72)),
      y: y(spent.micros),
      height: y(0) - y(spent.micros),
    };
    bar.x += (step - gap - bar.width) / 2;
    return svg(
      "g",
      { class: "plot-day", "data-chosen": at === chosen },
      svg("rect", { class: "plot-room", x, y: PAD.top, width: step, height: plotted }),
      spent.micros > 0 &&
        svg("rect", {
          class: "plot-bar",
          ...bar,
          height: Math.max(2, bar.height),
          y: Math.min(bar.y, y(0) - 2),
          rx: Math.min(2, bar.width / 4),
        }),
      spent.unknown_calls > 0 &&
        svg("text", { class: "plot-unknown", x: x + step / 2, y: bar.y - 5, "text-anchor": "middle" }, "?"),
      (days.length - 1 - at) % every === 0 &&
        svg(
          "text",
          { class: "plot-text", x: Math.min(x + step / 2, width - 22), y: HEIGHT - 8, "text-anchor": "middle" },
          dayName.format(new Date(day)),
        ),
    );
  });
  return svg("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" }, lines, bars);
}

/** Ticks with as many digits as they need to differ; of cents, both. */
function axisMoney(micros, tick) {
  const power = Math.floor(Math.log10(tick));
  const needed = 6 - power + (tick / 10 ** power === 2.5 ? 1 : 0);
  const digits = needed <= 0 ? 0 : Math.min(6, Math.max(2, needed));
  return `$${(micros / 1e6).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

function sentence({ day, spent }) {
  const counts = `${format.count(spent.jobs, "job")}, ${format.count(spent.images, "picture")}`;
  return `${format.date(day)}: ${spentText(spent)} · ${counts}`;
}

function summary(days) {
  const paid = days.filter(({ spent }) => spent.micros > 0 || spent.unknown_calls > 0);
  if (!paid.length) return "Nothing was spent in this time.";
  const most = paid.reduce((a, b) => (b.spent.micros > a.spent.micros ? b : a));
  return `The most on ${format.date(most.day)}: ${spentText(most.spent)}`;
}

function figures(days) {
  const columns = [
    { label: "Day (UTC)", cell: ({ day }) => h("time", { datetime: day }, format.date(day)) },
    { label: "Spent", number: true, cell: ({ spent }) => spentText(spent) },
    { label: "Pictures", number: true, cell: ({ spent }) => format.number(spent.images) },
    { label: "Jobs", number: true, cell: ({ spent }) => format.number(spent.jobs) },
    { label: "Calls", number: true, cell: ({ spent }) => format.number(spent.calls) },
  ];
  return h(
    "details",
    { class: "plot-table" },
    h("summary", {}, "The same as a table"),
    table("Spend by day", columns, days.toReversed()),
  );
}
