/** A long list of rows of one height, of which only those in sight are elements; the window scrolls. */

const OVERSCAN = 6;

/** Rows in `container`; `make()` → {element, update(id, index)}. */
export class VirtualRows {
  #container;
  #make;
  #signal;
  #shown = new Map(); // id → row
  #spare = [];
  #frame = null;
  #ids = [];
  #height = 0;

  /**
   * @param {HTMLElement} container its rows' height is its `--row`
   * @param {() => {element: HTMLElement, update: (id: string, index: number) => void}} make
   * @param {{onNearEnd: () => void, signal: AbortSignal}} options
   */
  constructor(container, make, { onNearEnd, signal }) {
    this.#container = container;
    this.#make = make;
    this.#signal = signal;
    this.onNearEnd = onNearEnd;
    addEventListener("scroll", () => this.draw(), { signal, passive: true });
    addEventListener("resize", () => this.#measure(), { signal, passive: true });
    this.#measure();
  }

  /** Show these ids, in this order. */
  set(ids) {
    this.#ids = ids;
    this.#container.style.blockSize = `${ids.length * this.#height}px`;
    this.draw();
  }

  /** Draw what is in sight, with the next frame. */
  draw() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      if (!this.#signal.aborted) this.#draw();
    });
  }

  /** The ids of the rows that are elements now. */
  get inSight() {
    return [...this.#shown.keys()];
  }

  /** Bring up to date those of `ids` that are in sight; all where none are named. */
  refresh(ids = null) {
    for (const [id, row] of this.#shown) if (!ids || ids.has(id)) row.update(id, row.index);
  }

  /** Move the focus to the row `by` further on; from outside, to the first in sight. */
  step(by) {
    const focused = [...this.#shown].find(([, row]) => row.element.contains(document.activeElement));
    const first = Math.max(0, Math.ceil(-this.#container.getBoundingClientRect().top / this.#height));
    const to = focused ? focused[1].index + by : first;
    if (to < 0 || to >= this.#ids.length) return;
    const top = this.#container.getBoundingClientRect().top + to * this.#height;
    const room = { above: 80, below: innerHeight - this.#height - 80 };
    if (top < room.above) scrollBy(0, top - room.above);
    else if (top > room.below) scrollBy(0, top - room.below);
    this.#draw();
    this.#shown.get(this.#ids[to])?.element.querySelector("a")?.focus({ preventScroll: true });
  }

  #measure() {
    this.#height = parseFloat(getComputedStyle(this.#container).getPropertyValue("--row-px")) || 72;
    this.set(this.#ids);
    for (const row of this.#shown.values()) this.#place(row, row.index);
  }

  #draw() {
    const top = -this.#container.getBoundingClientRect().top;
    const from = Math.max(0, Math.floor(top / this.#height) - OVERSCAN);
    const to = Math.min(this.#ids.length, Math.ceil((top + innerHeight) / this.#height) + OVERSCAN);
    const wanted = new Map();
    for (let index = from; index < to; index += 1) wanted.set(this.#ids[index], index);
    for (const [id, row] of this.#shown) {
      if (wanted.has(id)) continue;
      if (row.element.contains(document.activeElement) && this.#ids.includes(id)) continue; // keep the reader's place
      this.#shown.delete(id);
      row.element.remove();
      this.#spare.push(row);
    }
    for (const [id, index] of wanted) {
      let row = this.#shown.get(id);
      const isNew = !row;
      if (isNew) {
        row = this.#spare.pop() ?? this.#make();
        this.#shown.set(id, row);
      }
      if (isNew || row.index !== index) {
        this.#place(row, index);
        row.update(id, index);
      }
      if (isNew) this.#container.append(row.element);
    }
    this.#inOrder(wanted);
    if (to >= this.#ids.length - 2 * OVERSCAN) this.onNearEnd();
  }

  #place(row, index) {
    row.index = index;
    row.element.style.transform = `translateY(${index * this.#height}px)`;
  }

  /** The order of the document is what a screen reader and Tab follow. */
  #inOrder(wanted) {
    let next = null;
    for (const id of [...wanted.keys()].reverse()) {
      const { element } = this.#shown.get(id);
      if (element.nextElementSibling !== next && !element.contains(document.activeElement)) {
        this.#container.insertBefore(element, next);
      }
      next = element;
    }
  }
}
