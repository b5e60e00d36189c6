/**
 * Stacked bars over time. One of them can be chosen, by pointer or arrow keys.
 *
 * @module
 */

import { drawing } from "./dom.js";
import { formatShort } from "./format.js";
import { labelled, linear, ticksUpTo } from "./scale.js";

const HEIGHT = 210;
const LEFT = 44;
const BOTTOM = 22;
const TOP = 8;
/** Share of its room that a bar fills. */
const FILLED = 0.72;
/** Least room for a label of the time axis: one a day when a week is shown. */
const LABEL_WIDTH = 96;

/**
 * @typedef {object} ChartData
 * @property {string} summary What is seen, in words.
 * @property {readonly string[]} labels One a bar.
 * @property {readonly (readonly number[])[]} series Values of every bar.
 */

/** Draws into a place and redraws when its width changes. */
export class BarChart {
  #place;
  #onChoose;
  /** @type {ChartData} */
  #data = { summary: "", labels: [], series: [] };
  /** @type {number | undefined} */
  #chosen;

  /**
   * @param {HTMLElement} place
   * @param {(index: number | undefined) => void} onChoose
   */
  constructor(place, onChoose) {
    this.#place = place;
    this.#onChoose = onChoose;
    place.tabIndex = 0;
    place.setAttribute("role", "img");
    place.addEventListener("pointermove", (event) => this.#point(event));
    place.addEventListener("pointerleave", () => this.#choose(undefined));
    place.addEventListener("blur", () => this.#choose(undefined));
    place.addEventListener("keydown", (event) => this.#press(event));
    new ResizeObserver(() => this.#redraw()).observe(place);
  }

  /** @param {ChartData} data */
  draw(data) {
    this.#data = data;
    this.#place.setAttribute("aria-label", data.summary);
    this.#redraw();
  }

  get #width() {
    return Math.max(200, this.#place.clientWidth);
  }

  /** Room of one bar. */
  get #room() {
    return (this.#width - LEFT) / Math.max(1, this.#data.labels.length);
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const x = event.clientX - this.#place.getBoundingClientRect().left - LEFT;
    const index = Math.floor(x / this.#room);
    const inside = index >= 0 && index < this.#data.labels.length;
    this.#choose(inside ? index : undefined);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const last = this.#data.labels.length - 1;
    const from = this.#chosen;
    const targets = new Map([
      ["ArrowLeft", Math.max(0, (from ?? last + 1) - 1)],
      ["ArrowRight", Math.min(last, (from ?? last - 1) + 1)],
      ["Home", 0],
      ["End", last],
      ["Escape", undefined],
    ]);
    if (targets.has(event.key)) {
      event.preventDefault();
      this.#choose(targets.get(event.key));
    }
  }

  /** @param {number | undefined} index */
  #choose(index) {
    if (index !== this.#chosen) {
      this.#chosen = index;
      this.#mark();
      this.#onChoose(index);
    }
  }

  #mark() {
    const band = this.#place.querySelector(".band");
    const shown = this.#chosen === undefined ? 0 : this.#room;
    band?.setAttribute("width", String(shown));
    band?.setAttribute("x", String(LEFT + (this.#chosen ?? 0) * this.#room));
  }

  #redraw() {
    const { labels, series } = this.#data;
    const sums = labels.map((_, bar) =>
      series.reduce((sum, values) => sum + (values[bar] ?? 0), 0)
    );
    const ticks = ticksUpTo(Math.max(0, ...sums), 4);
    const y = linear(ticks.at(-1) ?? 1, HEIGHT - BOTTOM, TOP);
    const width = this.#width;
    this.#place.replaceChildren(drawing(
      "svg",
      { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` },
      drawing("rect", { class: "band", y: TOP, height: y(0) - TOP, width: 0 }),
      ...ticks.flatMap((tick) => gridLine(tick, y(tick), width)),
      ...this.#bars(y),
      ...this.#timeLabels(),
    ));
    this.#mark();
  }

  /** @param {(amount: number) => number} y */
  #bars(y) {
    const { labels, series } = this.#data;
    const room = this.#room;
    return labels.flatMap((_, bar) => {
      let below = 0;
      return series.map((values, index) => {
        const from = below;
        below += values[bar] ?? 0;
        return drawing("rect", {
          class: `series-${index}`,
          x: LEFT + room * (bar + (1 - FILLED) / 2),
          y: y(below),
          width: room * FILLED,
          height: y(from) - y(below),
        });
      });
    });
  }

  #timeLabels() {
    const { labels } = this.#data;
    const most = Math.floor((this.#width - LEFT) / LABEL_WIDTH);
    return labelled(labels.length, most).map((index) => {
      const last = index === labels.length - 1;
      const x = LEFT + this.#room * (index + (last ? 1 : 0.5));
      const place = { class: last ? "time last" : "time", x, y: HEIGHT - 5 };
      return drawing("text", place, labels[index] ?? "");
    });
  }
}

/**
 * @param {number} tick
 * @param {number} y
 * @param {number} width
 */
function gridLine(tick, y, width) {
  return [
    drawing("line", { class: "grid", x1: LEFT, x2: width, y1: y, y2: y }),
    drawing("text", { class: "amount", x: LEFT - 8, y }, formatShort(tick)),
  ];
}
