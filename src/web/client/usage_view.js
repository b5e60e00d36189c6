/**
 * Usage over time, by model or key: the chart and the table of its sums.
 *
 * @module
 */

import { BarChart } from "./bar_chart.js";
import { byId, element, tableRow, write } from "./dom.js";
import { formatCount, formatMany, formatShare } from "./format.js";
import { barStarts, PERIODS, sumOf, toSeries } from "./periods.js";
import { formatMoment, formatTick } from "./time_labels.js";

/** @typedef {import("./periods.js").Series} Series */

/** What is shown, and what of it was chosen. */
export class UsageView {
  #api;
  #chart = new BarChart(
    byId("usage-chart", HTMLElement),
    (index) => this.#tell(index),
  );
  /** @type {Series[]} */
  #series = [];
  /** @type {number[]} */
  #starts = [];
  #period = "day";

  /**
   * @param {import("./api.js").Api} api
   * @param {() => void} onChange Called when something else is to be shown.
   */
  constructor(api, onChange) {
    this.#api = api;
    byId("usage-form", HTMLFormElement).addEventListener("change", onChange);
  }

  /** Asks the ledger for what the form says, and shows it. */
  async refresh() {
    const form = new FormData(byId("usage-form", HTMLFormElement));
    const name = String(form.get("period"));
    const groupBy = form.get("group") === "key" ? "key" : "model";
    const period = PERIODS[name];
    if (period === undefined) {
      return;
    }
    const now = Date.now();
    const starts = barStarts(period, now);
    const query = new URLSearchParams({
      since: String((starts[0] ?? now) / 1000),
      bucket: period.bucket,
      group_by: groupBy,
    });
    const { usage } = await this.#api.read(`api/usage?${query}`);
    this.#period = name;
    this.#starts = starts;
    this.#series = toSeries(usage, groupBy, period, now);
    this.#show(groupBy);
  }

  /** @param {"model" | "key"} groupBy */
  #show(groupBy) {
    const some = this.#series.length > 0;
    byId("usage-empty", HTMLElement).hidden = some;
    byId("usage-chart", HTMLElement).hidden = !some;
    byId("usage-table", HTMLElement).hidden = !some;
    this.#tell(undefined);
    this.#showTable(groupBy);
    this.#chart.draw({
      summary: `Tokens in the last ${this.#period}, by ${groupBy}. ` +
        "Arrow keys move between the bars; the sums are in the table below.",
      labels: this.#starts.map((start) => formatTick(this.#period, start)),
      series: this.#series.map(({ tokens }) => tokens),
    });
  }

  /** @param {"model" | "key"} groupBy */
  #showTable(groupBy) {
    const all = sumOf(this.#series, this.#starts.length);
    const title = groupBy === "key" ? "Key" : "Model";
    const table = byId("usage-table", HTMLTableElement);
    table.tHead?.replaceChildren(tableRow("th", [
      { label: "", content: title },
      ...["Requests", "Prompt", "Reused", "Generated"]
        .map((content) => ({ label: "", content, number: true })),
    ]));
    const rows = this.#series.map((series, index) => sumsRow(series, index));
    const sums = this.#series.length > 1 ? [sumsRow(all)] : [];
    table.tBodies[0]?.replaceChildren(...rows, ...sums);
  }

  /** What one bar or all of them amount to. @param {number | undefined} bar */
  #tell(bar) {
    const { prompt, generated } = sumOf(this.#series, this.#starts.length);
    if (bar === undefined) {
      const tokens = formatMany(prompt + generated, "token");
      write("usage-readout", `${tokens} in the last ${this.#period}`);
      return;
    }
    const counts = this.#series.map(({ name, tokens }) => ({
      name,
      count: tokens[bar] ?? 0,
    })).filter(({ count }) => count > 0);
    const sum = counts.reduce((total, { count }) => total + count, 0);
    const parts = counts.map(({ name, count }) =>
      `${name} ${formatCount(count)}`
    );
    const when = formatMoment(this.#period, this.#starts[bar] ?? 0);
    write(
      "usage-readout",
      [`${when}: ${formatMany(sum, "token")}`, ...parts].join(" · "),
    );
  }
}

/**
 * @param {Series} series
 * @param {number} [index] Which of the chart's it is; the sum of all has none.
 */
function sumsRow({ name, requests, prompt, cached, generated }, index) {
  const label = element("span", { className: "name" }, name);
  if (index !== undefined) {
    label.prepend(element("i", { className: `swatch series-${index}` }));
  }
  const row = tableRow("td", [
    { label: "", content: label },
    { label: "Requests", content: formatCount(requests), number: true },
    { label: "Prompt", content: formatCount(prompt), number: true },
    { label: "Reused", content: formatShare(cached, prompt), number: true },
    { label: "Generated", content: formatCount(generated), number: true },
  ]);
  row.classList.toggle("sum", index === undefined);
  return row;
}
