/**
 * The atomic-safe Map behind the ledger: rows of 64-bit counters, keyed by
 * model, in a `SharedArrayBuffer` that several workers may write.
 *
 * Layout, in 32-bit words: lock, sequence, turns, number of rows; then rows.
 * A row is whether it is published, its key's length and UTF-8 bytes, and its
 * counters. Rows are claimed without the lock and never move; two writers
 * that meet a new model at once may make one each, so readers add equal keys
 * up. The first row takes what no other row can.
 *
 * Writers exclude each other with the lock and keep the sequence odd while
 * they write. Readers do without the lock: they read again when the sequence
 * was odd or has moved, and take the lock only if writers never pause.
 *
 * @module
 */

import type { Outcome, TokenCounts } from "../generation.ts";

/** Outcomes in the order of their counters. */
export const OUTCOMES = [
  "completed",
  "cancelled",
  "failed",
  "rejected",
] as const;

/** What requests of one outcome have used. */
export interface OutcomeTotals extends TokenCounts {
  readonly requests: number;
}

/** One model's totals. */
export interface UsageRow extends Readonly<Record<Outcome, OutcomeTotals>> {
  readonly model: string;
}

/** Rows there is room for, the overflow row included. */
export const MOST_ROWS = 1024;

/** Model of the row that is used when there are too many or a key too long. */
export const OVERFLOW_KEY = "(other models)";
const OVERFLOW_ROW = 0;

/** Bytes of the longest name Ollama allows are 593: 350 + 3 * 80 + marks. */
export const KEY_BYTES = 600;

const HEADER_BYTES = 16;
const ROW_HEADER_BYTES = 8;

/** Of an outcome: requests, cached, computed, generated. */
const COUNTERS = 4;
const ROW_COUNTERS = OUTCOMES.length * COUNTERS;
const ROW_BYTES = ROW_HEADER_BYTES + KEY_BYTES + ROW_COUNTERS * 8;

/** Words of the header. */
const LOCK = 0;
const SEQUENCE = 1;
const TURNS = 2;
const ROWS = 3;

/** Reads without the lock before a reader asks for it. */
const READS_WITHOUT_LOCK = 50;

/** Tries to get the lock before sleeping, which lets its holder run. */
const SPINS = 100;
const SLEEP_MS = 1;

/**
 * A lock held for this long is taken over. A writer holds it for less than a
 * microsecond, without a loop or a call, the only places where V8 ends a
 * thread; a reader might die with it. Should the holder have been slow and
 * not dead, nothing it adds is lost, but a reader may see half of it.
 */
const TAKE_OVER_MS = 200;

/** Totals by model. All who attach to its buffer see the same rows. */
export class UsageMap {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #counters: BigUint64Array<SharedArrayBuffer>;
  readonly #rowOfModel = new Map<string, number>();
  /** Keys of published rows. */
  readonly #keys: string[] = [];

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#counters = new BigUint64Array(buffer);
  }

  /** An empty map. */
  static create(): UsageMap {
    const bytes = HEADER_BYTES + MOST_ROWS * ROW_BYTES;
    const map = new UsageMap(new SharedArrayBuffer(bytes));
    map.#makeRow(new TextEncoder().encode(OVERFLOW_KEY));
    return map;
  }

  /** The map another thread has made. */
  static attach(buffer: SharedArrayBuffer): UsageMap {
    return new UsageMap(buffer);
  }

  /** Books one request and its tokens, seen together or not at all. */
  add(model: string, outcome: Outcome, counts: TokenCounts): void {
    const words = this.#words;
    const counters = this.#counters;
    const row = this.#rowOfModel.get(model) ?? this.#findRow(model);
    const at = firstCounter(row) + OUTCOMES.indexOf(outcome) * COUNTERS;
    const cached = BigInt(counts.cached);
    const computed = BigInt(counts.computed);
    const generated = BigInt(counts.generated);
    const turn = this.#lock();
    // No call of a function and no loop from here on: see TAKE_OVER_MS.
    const odd = Atomics.load(words, SEQUENCE) | 1;
    Atomics.store(words, SEQUENCE, odd);
    Atomics.add(counters, at, 1n);
    Atomics.add(counters, at + 1, cached);
    Atomics.add(counters, at + 2, computed);
    Atomics.add(counters, at + 3, generated);
    Atomics.store(words, SEQUENCE, odd + 1);
    Atomics.compareExchange(words, LOCK, turn, 0);
  }

  /** Every model's row at one moment. */
  snapshot(): UsageRow[] {
    for (let read = 0; read < READS_WITHOUT_LOCK; read++) {
      const before = Atomics.load(this.#words, SEQUENCE);
      if ((before & 1) === 0) {
        const rows = this.#readRows();
        if (Atomics.load(this.#words, SEQUENCE) === before) {
          return rows;
        }
      }
    }
    const turn = this.#lock();
    try {
      return this.#readRows();
    } finally {
      Atomics.compareExchange(this.#words, LOCK, turn, 0);
    }
  }

  /** Waits for the lock. The turn tells holders apart, to release only one's own. */
  #lock(): number {
    const words = this.#words;
    const turn = (Atomics.add(words, TURNS, 1) + 1) | 0 || 1;
    let holder = 0;
    let heldSince = 0;
    for (let tries = 1;; tries++) {
      const seen = Atomics.compareExchange(words, LOCK, 0, turn);
      if (seen === 0) {
        return turn;
      }
      if (tries < SPINS) {
        continue;
      }
      if (seen !== holder) {
        holder = seen;
        heldSince = performance.now();
      } else if (performance.now() - heldSince > TAKE_OVER_MS) {
        if (Atomics.compareExchange(words, LOCK, seen, turn) === seen) {
          return turn;
        }
      }
      Atomics.wait(words, LOCK, seen, SLEEP_MS);
    }
  }

  /** The row of a model this thread has not met yet, made when it is new. */
  #findRow(model: string): number {
    const row = this.#publishedRow(model) ?? this.#newRow(model);
    this.#rowOfModel.set(model, row);
    return row;
  }

  #publishedRow(model: string): number | undefined {
    for (let row = 0; row < this.#rowCount(); row++) {
      if (this.#keyOf(row) === model) {
        return row;
      }
    }
  }

  #newRow(model: string): number {
    const key = new TextEncoder().encode(model);
    return key.length > KEY_BYTES || this.#rowCount() === MOST_ROWS
      ? OVERFLOW_ROW
      : this.#makeRow(key);
  }

  #makeRow(key: Uint8Array): number {
    const row = Atomics.add(this.#words, ROWS, 1);
    if (row >= MOST_ROWS) {
      return OVERFLOW_ROW;
    }
    const at = HEADER_BYTES + row * ROW_BYTES;
    this.#bytes.set(key, at + ROW_HEADER_BYTES);
    Atomics.store(this.#words, at / 4 + 1, key.length);
    Atomics.store(this.#words, at / 4, 1);
    return row;
  }

  #rowCount(): number {
    return Math.min(Atomics.load(this.#words, ROWS), MOST_ROWS);
  }

  /** Undefined while another thread is making the row. */
  #keyOf(row: number): string | undefined {
    const known = this.#keys[row];
    if (known !== undefined) {
      return known;
    }
    const at = HEADER_BYTES + row * ROW_BYTES;
    if (Atomics.load(this.#words, at / 4) === 0) {
      return undefined;
    }
    const first = at + ROW_HEADER_BYTES;
    const length = Atomics.load(this.#words, at / 4 + 1);
    const key = this.#bytes.slice(first, first + length);
    return this.#keys[row] = new TextDecoder().decode(key);
  }

  #readRows(): UsageRow[] {
    const sums = new Map<string, number[]>();
    const count = this.#rowCount();
    for (let row = 0; row < count; row++) {
      const key = this.#keyOf(row);
      if (key !== undefined) {
        const sum = sums.get(key) ?? new Array<number>(ROW_COUNTERS).fill(0);
        sums.set(key, sum);
        this.#addCounters(row, sum);
      }
    }
    return [...sums].map(([model, sum]) => toRow(model, sum))
      .filter(hasRequests);
  }

  #addCounters(row: number, sum: number[]): void {
    const first = firstCounter(row);
    for (let index = 0; index < ROW_COUNTERS; index++) {
      const value = Atomics.load(this.#counters, first + index);
      sum[index] = (sum[index] ?? 0) + Number(value);
    }
  }
}

function firstCounter(row: number): number {
  const at = HEADER_BYTES + row * ROW_BYTES;
  return (at + ROW_HEADER_BYTES + KEY_BYTES) / 8;
}

function toRow(model: string, sum: readonly number[]): UsageRow {
  const totals = (outcome: number): OutcomeTotals => {
    const [requests = 0, cached = 0, computed = 0, generated = 0] = sum
      .slice(outcome * COUNTERS, (outcome + 1) * COUNTERS);
    return { requests, cached, computed, generated };
  };
  return {
    model,
    completed: totals(0),
    cancelled: totals(1),
    failed: totals(2),
    rejected: totals(3),
  };
}

function hasRequests(row: UsageRow): boolean {
  return OUTCOMES.some((outcome) => row[outcome].requests > 0);
}
