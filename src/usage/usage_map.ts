/**
 * The atomic-safe Map behind the ledger: rows of 64-bit counters, keyed by
 * model, in a `SharedArrayBuffer` that several workers may write.
 *
 * Layout, in 32-bit words: lock, sequence, number of rows, one unused; then
 * rows. A row is its key's length and UTF-8 bytes, and its counters. Writers
 * exclude each other with the lock and make the sequence odd while they
 * write; readers copy and try again when the sequence was odd or has moved.
 *
 * @module
 */

import type { Outcome, TokenCounts } from "../generation.ts";

/** Outcomes in the order of their counters. */
export const OUTCOMES = ["completed", "cancelled", "failed"] as const;

/** Counters of an outcome, in order. */
const COUNTERS = ["requests", "cached", "computed", "generated"] as const;

/** What requests of one outcome have used. */
export type OutcomeTotals = Readonly<
  Record<typeof COUNTERS[number], number>
>;

/** One model's totals. */
export type UsageRow =
  & Readonly<Record<Outcome, OutcomeTotals>>
  & { readonly model: string };

/** Rows there is room for; more models share the last row. */
const MOST_ROWS = 1024;

/** Key of the row that models share when there are too many. */
export const OVERFLOW_KEY = "(other models)";

/** Longest name Ollama allows, in bytes: host, namespace, model, tag. */
const KEY_BYTES = 600;

const HEADER_BYTES = 16;
const COUNTERS_BYTES = OUTCOMES.length * COUNTERS.length * 8;
const ROW_BYTES = 8 + KEY_BYTES + COUNTERS_BYTES;

const LOCK = 0;
const SEQUENCE = 1;
const ROWS = 2;

/**
 * A writer holds the lock for microseconds. One that dies with it (a worker
 * that is terminated) would keep it for ever, so it is taken over after this.
 */
const TAKE_OVER_MS = 50;

/** Totals by model. All who attach to its buffer see the same rows. */
export class UsageMap {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #counters: BigUint64Array<SharedArrayBuffer>;
  /** Rows never move, so what was found once is found for ever. */
  readonly #known = new Map<string, number>();

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#counters = new BigUint64Array(buffer);
  }

  /** An empty map. */
  static create(): UsageMap {
    const bytes = HEADER_BYTES + MOST_ROWS * ROW_BYTES;
    return new UsageMap(new SharedArrayBuffer(bytes));
  }

  /** The map another thread has made. */
  static attach(buffer: SharedArrayBuffer): UsageMap {
    return new UsageMap(buffer);
  }

  /** Books one request and its tokens, seen together or not at all. */
  add(model: string, outcome: Outcome, counts: TokenCounts): void {
    this.#lock();
    Atomics.add(this.#words, SEQUENCE, 1);
    const first = this.#firstCounter(this.#rowOf(model)) +
      OUTCOMES.indexOf(outcome) * COUNTERS.length;
    Atomics.add(this.#counters, first, 1n);
    Atomics.add(this.#counters, first + 1, BigInt(counts.cached));
    Atomics.add(this.#counters, first + 2, BigInt(counts.computed));
    Atomics.add(this.#counters, first + 3, BigInt(counts.generated));
    Atomics.add(this.#words, SEQUENCE, 1);
    Atomics.store(this.#words, LOCK, 0);
  }

  /** Every row at one moment, in the order they were made. */
  snapshot(): UsageRow[] {
    while (true) {
      const before = Atomics.load(this.#words, SEQUENCE);
      if (before % 2 === 0) {
        const rows = this.#readRows();
        if (Atomics.load(this.#words, SEQUENCE) === before) {
          return rows;
        }
      }
    }
  }

  /**
   * Spins: the section is too short to sleep for. A sequence left odd by a
   * dead writer is made even again, so that readers go on.
   */
  #lock(): void {
    let since: number | undefined;
    while (Atomics.compareExchange(this.#words, LOCK, 0, 1) !== 0) {
      since ??= performance.now();
      if (performance.now() - since > TAKE_OVER_MS) {
        if (Atomics.load(this.#words, SEQUENCE) % 2 !== 0) {
          Atomics.add(this.#words, SEQUENCE, 1);
        }
        return;
      }
    }
  }

  #firstCounter(row: number): number {
    const bytes = HEADER_BYTES + row * ROW_BYTES + 8 + KEY_BYTES;
    return bytes / 8;
  }

  /** The model's row, made when it is new. Call with the lock held. */
  #rowOf(model: string): number {
    const known = this.#known.get(model);
    if (known !== undefined) {
      return known;
    }
    const count = Atomics.load(this.#words, ROWS);
    for (let row = 0; row < count; row++) {
      this.#known.set(this.#readKey(row), row);
    }
    const found = this.#known.get(model);
    if (found !== undefined) {
      return found;
    }
    if (count === MOST_ROWS) {
      return MOST_ROWS - 1;
    }
    const key = count === MOST_ROWS - 1 ? OVERFLOW_KEY : model;
    this.#writeKey(count, key);
    Atomics.store(this.#words, ROWS, count + 1);
    this.#known.set(key, count);
    return count;
  }

  #writeKey(row: number, key: string): void {
    const bytes = new TextEncoder().encode(key).slice(0, KEY_BYTES);
    const at = HEADER_BYTES + row * ROW_BYTES;
    Atomics.store(this.#words, at / 4, bytes.length);
    this.#bytes.set(bytes, at + 8);
  }

  #readKey(row: number): string {
    const at = HEADER_BYTES + row * ROW_BYTES;
    const length = Atomics.load(this.#words, at / 4);
    const bytes = this.#bytes.slice(at + 8, at + 8 + length);
    return new TextDecoder().decode(bytes);
  }

  #readRows(): UsageRow[] {
    const count = Atomics.load(this.#words, ROWS);
    return Array.from({ length: count }, (_, row) => {
      const first = this.#firstCounter(row);
      const totals = (outcome: number) => {
        const at = first + outcome * COUNTERS.length;
        const [requests, cached, computed, generated] = COUNTERS.map(
          (_name, index) => Number(Atomics.load(this.#counters, at + index)),
        ) as [number, number, number, number];
        return { requests, cached, computed, generated };
      };
      return {
        model: this.#readKey(row),
        completed: totals(0),
        cancelled: totals(1),
        failed: totals(2),
      };
    });
  }
}
