/**
 * What goes on at the moment: figures, requests under way, models in memory.
 *
 * @module
 */

import { byId, element, tableRow, write } from "./dom.js";
import {
  formatAge,
  formatBytes,
  formatCount,
  formatMany,
  formatRate,
  formatShare,
  formatShort,
} from "./format.js";
import { Rates } from "./rates.js";
import { drawSparkline } from "./sparkline.js";

/** @typedef {import("./api.js").Usage} Usage */
/** @typedef {import("./api.js").LoadedModel} LoadedModel */

/** Readings that the sparkline shows. */
const SPARKLINE = 60;

const rates = new Rates();

/** @param {Usage} usage */
function totalsOf({ usage, in_flight }) {
  const all = [...usage, ...in_flight];
  /** @param {"prompt_tokens" | "cached_tokens" | "completion_tokens"} kind */
  const sum = (kind) => all.reduce((total, row) => total + row[kind], 0);
  return {
    requests: usage.reduce((total, row) => total + row.requests, 0),
    prompt: sum("prompt_tokens"),
    cached: sum("cached_tokens"),
    generated: sum("completion_tokens"),
  };
}

/**
 * The figures at the top.
 * @param {Usage} usage
 * @param {readonly LoadedModel[]} loaded
 */
export function showFigures(usage, loaded) {
  const { requests, prompt, cached, generated } = totalsOf(usage);
  rates.add(generated, performance.now());
  write("rate", formatRate(rates.current));
  drawSparkline(
    byId("rate-line", HTMLElement),
    rates.history.slice(-SPARKLINE),
    SPARKLINE,
  );
  const under = usage.in_flight.length;
  const running = loaded.reduce((sum, model) => sum + model.running, 0);
  write("in-flight", formatCount(under));
  write(
    "queue",
    `${formatCount(Math.max(0, under - running))} waiting or loading`,
  );
  write("tokens", formatShort(prompt + generated));
  write(
    "tokens-parts",
    `${formatShort(prompt)} in · ${formatShort(generated)} out`,
  );
  const since = new Date(usage.start).toLocaleString("en-GB", {
    dateStyle: "medium",
    timeStyle: "short",
  });
  write("since", `${formatMany(requests, "request")} since ${since}`);
  write("reused", formatShare(cached, prompt));
  write(
    "reused-parts",
    `${formatShort(cached)} of ${formatShort(prompt)}`,
  );
}

/**
 * Whether the books balance.
 * @param {number} difference
 */
export function showCheck(difference) {
  const place = byId("check", HTMLElement);
  place.hidden = false;
  place.classList.toggle("wrong", difference !== 0);
  write(
    "check",
    difference === 0
      ? "Books balance"
      : `Books differ by ${formatMany(difference, "token")}`,
  );
}

/**
 * Requests under way.
 * @param {Usage} usage
 */
export function showLive({ in_flight }) {
  byId("live-empty", HTMLElement).hidden = in_flight.length > 0;
  const table = byId("live-table", HTMLTableElement);
  table.hidden = in_flight.length === 0;
  table.tBodies[0]?.replaceChildren(
    ...in_flight.map((each) =>
      tableRow("td", [
        { label: "Model", content: each.model },
        { label: "Endpoint", content: element("code", {}, each.endpoint) },
        { label: "Key", content: each.key },
        {
          label: "Prompt",
          content: formatCount(each.prompt_tokens),
          number: true,
        },
        {
          label: "Generated",
          content: formatCount(each.completion_tokens),
          number: true,
        },
        {
          label: "Age",
          content: formatAge(each.duration / 1e9),
          number: true,
        },
      ])
    ),
  );
}

/** @param {LoadedModel} model */
function placeOf({ size, size_vram }) {
  if (size_vram === 0) {
    return "on CPU";
  }
  return size_vram >= size
    ? "on GPU"
    : `${formatShare(size_vram, size)} on GPU`;
}

/** @param {LoadedModel} model */
function workOf({ running, waiting }) {
  return [
    ...(running === 0 ? [] : [`${running} running`]),
    ...(waiting === 0 ? [] : [`${waiting} waiting`]),
  ];
}

/** @param {LoadedModel} model */
function stayOf({ expires_at }) {
  const seconds = (Date.parse(expires_at) - Date.now()) / 1000;
  // For ever is centuries away.
  return seconds > 1e9 ? "stays loaded" : `unloads in ${formatAge(seconds)}`;
}

/**
 * Models in memory.
 * @param {readonly LoadedModel[]} loaded
 */
export function showModels(loaded) {
  byId("models-empty", HTMLElement).hidden = loaded.length > 0;
  const bytes = loaded.reduce((sum, { size }) => sum + size, 0);
  write(
    "models-sum",
    loaded.length === 0
      ? ""
      : `${formatBytes(bytes)} in ${formatMany(loaded.length, "model")}`,
  );
  byId("models-list", HTMLElement).replaceChildren(
    ...loaded.map((model) =>
      element(
        "li",
        {},
        element("strong", {}, model.name),
        element("span", { className: "number" }, formatBytes(model.size)),
        element(
          "small",
          {},
          [
            placeOf(model),
            `${formatCount(model.context_length)} tokens of context`,
            ...workOf(model),
            stayOf(model),
          ].join(" · "),
        ),
      )
    ),
  );
}
