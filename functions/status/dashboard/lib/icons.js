/** Line icons on a 24 × 24 grid, drawn for this page. */

import { svg } from "./dom.js";

const PATHS = {
  queue: ["M4 6h16", "M4 12h11", "M4 18h7", "M18.5 15.5v5", "M16 18h5"],
  gallery: ["M3.5 5.5h17v13h-17z", "m3.5 15.5 4.5-4 4 3.5 3.5-3 5 4", "M15.5 9.2h.01"],
  boards: ["M3.5 5h17v14h-17z", "M8 5v14", "M16 5v14", "M3.5 9.7H8", "M3.5 14.3H8", "M16 9.7h4.5", "M16 14.3h4.5"],
  spend: ["M4 20V9", "M10 20V4", "M16 20v-8", "M21 20H3"],
  health: ["M3 12.5h4l2.5-7 4.5 13 2.5-6h4.5"],
  plus: ["M12 5v14", "M5 12h14"],
  sun: [
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
    "M12 2.5v2",
    "M12 19.5v2",
    "M2.5 12h2",
    "M19.5 12h2",
    "m5.3 5.3 1.4 1.4",
    "m17.3 17.3 1.4 1.4",
    "m5.3 18.7 1.4-1.4",
    "m17.3 6.7 1.4-1.4",
  ],
  moon: ["M20 14.2A8.3 8.3 0 0 1 9.8 4 8.3 8.3 0 1 0 20 14.2z"],
  keyboard: ["M2.5 6.5h19v11h-19z", "M6.5 10h.01", "M10 10h.01", "M14 10h.01", "M17.5 10h.01", "M8 14h8"],
  leave: ["M14 4.5H5v15h9", "M10 12h10.5", "m17 8.5 3.5 3.5-3.5 3.5"],
  close: ["m6 6 12 12", "M18 6 6 18"],
  stop: ["M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z", "m6 6 12 12"],
  retry: ["M19.5 12a7.5 7.5 0 1 1-2.4-5.5", "M19.5 3.5v4h-4"],
  trash: ["M4.5 7h15", "M9.5 7V4.5h5V7", "m6.5 7 .8 12.5h9.4L17.5 7"],
  copy: ["M9 9h11v11H9z", "M5.5 15H4V4h11v1.5"],
  check: ["m5 12.5 4.5 4.5L19 7.5"],
  download: ["M12 4v11", "m7.5 11 4.5 4.5 4.5-4.5", "M4.5 19.5h15"],
  search: ["M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z", "m15.5 15.5 5 5"],
  picture: ["M4 4.5h16v15H4z", "m4 16 5-5 4 4 3-2.5 4 3.5"],
  clock: ["M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z", "M12 7.5V12l3 2"],
  alert: ["M12 4 2.5 20h19z", "M12 10v4.5", "M12 17.2h.01"],
  upload: ["M12 16V5", "m7.5 9.5 4.5-4.5 4.5 4.5", "M4.5 19.5h15"],
  link: ["M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1", "M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1"],
  again: ["M4 5.5h10", "M4 10.5h7", "M4 15.5h5", "m12.5 19.5.7-3.2 6-6 2.5 2.5-6 6z"],
  pause: ["M8.5 5v14", "M15.5 5v14"],
  play: ["M7.5 4.5v15l12-7.5z"],
  left: ["m14.5 5.5-6.5 6.5 6.5 6.5"],
  right: ["m9.5 5.5 6.5 6.5-6.5 6.5"],
  expand: ["M14 4.5h5.5V10", "M10 19.5H4.5V14", "m19 5-6 6", "m5 19 6-6"],
  film: ["M3.5 5h17v14h-17z", "M8 5v14", "M16 5v14"],
};

/**
 * An icon, hidden from assistive technology: what it stands beside, or its button's label, says the word.
 * @param {keyof typeof PATHS} name
 */
export function icon(name) {
  const paths = PATHS[name];
  if (!paths) throw new Error(`there is no icon ${name}`);
  const shown = { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" };
  return svg("svg", shown, ...paths.map((d) => svg("path", { d })));
}
