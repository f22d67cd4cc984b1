/** Pictures in rows that fill the width, each row of one height near the wanted one, under the name of each day. */

const NARROWEST = 0.45; // ratios beyond these are shown cut
const WIDEST = 4;

/**
 * Where everything stands, in px.
 * @param {{day: string, items: {job: Object, image: Object}[]}[]} days
 * @param {{width: number, target: number, gap: number, words: number, head: number}} sizes `target`: the wanted height of
 *   a picture; `words`: the room below it; `head`: that of a day's name
 * @returns {{height: number, lines: Object[]}} a line is {top, height, day, count} or {top, height, tiles}
 */
export function justified(days, { width, target, gap, words, head }) {
  const lines = [];
  let top = 0;
  const add = (line) => {
    lines.push({ top, ...line });
    top += line.height;
  };
  for (const { day, items } of days) {
    add({ height: head, day, count: items.length });
    for (const { row, height } of rowsOf(items, { width, target, gap })) {
      let left = 0;
      const tiles = row.map(({ item, ratio }) => {
        const tile = { item, left, width: ratio * height, height };
        left += tile.width + gap;
        return tile;
      });
      add({ height: height + words, tiles });
    }
  }
  return { height: top, lines };
}

/** A row is closed where its height is nearest to the wanted one; the last of a day keeps that. */
function rowsOf(items, { width, target, gap }) {
  const rows = [];
  let row = [];
  const heightOf = (of) => (width - gap * (of.length - 1)) / of.reduce((sum, { ratio }) => sum + ratio, 0);
  const close = (height) => {
    rows.push({ row, height });
    row = [];
  };
  for (const item of items) {
    const ratio = Math.min(WIDEST, Math.max(NARROWEST, item.image.width / item.image.height));
    const wider = [...row, { item, ratio }];
    const [before, after] = [row.length ? heightOf(row) : Infinity, heightOf(wider)];
    if (after >= target) row = wider;
    else if (before - target < target - after) {
      close(before);
      row = [{ item, ratio }];
    } else {
      row = wider;
      close(after);
    }
  }
  if (row.length) close(Math.min(target * 1.15, heightOf(row)));
  return rows;
}
