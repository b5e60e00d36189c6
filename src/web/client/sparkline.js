/**
 * A small line of recent values.
 *
 * @module
 */

import { drawing } from "./dom.js";
import { linear } from "./scale.js";

const WIDTH = 120;
const HEIGHT = 28;

/**
 * Draws values, the newest at the right end, into `place`.
 * @param {Element} place
 * @param {readonly number[]} values
 * @param {number} most Values there is room for.
 */
export function drawSparkline(place, values, most) {
  const x = linear(most - 1, 0, WIDTH);
  const y = linear(Math.max(1, ...values), HEIGHT - 1, 2);
  const start = most - values.length;
  const points = values.map((value, index) =>
    `${x(start + index).toFixed(1)},${y(value).toFixed(1)}`
  );
  const area = [`${x(start)},${HEIGHT}`, ...points, `${WIDTH},${HEIGHT}`];
  place.replaceChildren(drawing(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    drawing("polygon", { points: area.join(" "), class: "area" }),
    drawing("polyline", { points: points.join(" "), class: "line" }),
  ));
}
