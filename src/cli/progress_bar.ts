/**
 * A bar that shows how far a transfer is, how fast it goes and how long it
 * will take.
 *
 * @module
 */

import { humanSize } from "./human.ts";

/** The rate is that of the last so many milliseconds. */
const RATE_MS = 10_000;

/** Columns that the numbers right of the bar take. */
const NUMBERS_WIDTH = 33;

/** `4s`, `3m20s`, `2h5m`. */
function humanRemaining(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole >= 360_000) {
    return "99h+";
  }
  if (whole >= 3600) {
    return `${Math.floor(whole / 3600)}h${Math.floor(whole % 3600 / 60)}m`;
  }
  return whole >= 60 ? `${Math.floor(whole / 60)}m${whole % 60}s` : `${whole}s`;
}

/** What has come, and when. */
interface Sample {
  readonly at: number;
  readonly completed: number;
}

/** A bar for one layer; times are milliseconds of one clock. */
export class ProgressBar {
  readonly #label: string;
  readonly #total: number;
  #samples: Sample[] = [];

  constructor(label: string, total: number) {
    this.#label = label;
    this.#total = total;
  }

  /** Takes note of how far it is. */
  set(completed: number, at: number): void {
    this.#samples.push({ at, completed });
    // One sample older than the window stays, to measure from.
    const first = this.#samples.findLastIndex((each) => at - each.at > RATE_MS);
    this.#samples = this.#samples.slice(Math.max(0, first));
  }

  get #completed(): number {
    return Math.min(this.#samples.at(-1)?.completed ?? 0, this.#total);
  }

  /** Bytes a second, 0 when it cannot be told. */
  get #rate(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    return first && last && last.at - first.at >= 1000
      ? (last.completed - first.completed) / (last.at - first.at) * 1000
      : 0;
  }

  /** The line, at most so many columns wide. */
  render(columns: number): string {
    const share = this.#total === 0 ? 1 : this.#completed / this.#total;
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    const head = `${this.#label} ${percent}`;
    const width = columns - head.length - NUMBERS_WIDTH - 6;
    if (width < 4) {
      return head.slice(0, columns);
    }
    const filled = Math.floor(width * share);
    const bar = "█".repeat(filled).padEnd(width);
    return `${head} ▕${bar}▏ ${this.#numbers()}`.trimEnd();
  }

  #numbers(): string {
    const total = humanSize(this.#total).padStart(6);
    if (this.#completed >= this.#total) {
      return total;
    }
    const rate = this.#rate;
    const done = humanSize(this.#completed).padStart(6);
    const left = (this.#total - this.#completed) / rate;
    return rate > 0
      ? `${done}/${total}  ${humanSize(rate).padStart(6)}/s  ` +
        humanRemaining(left).padStart(6)
      : `${done}/${total}`;
  }
}
