/**
 * From totals that are read now and then to amounts a second.
 *
 * @module
 */

/** Readings kept, which are a few minutes'. */
const MOST = 120;

/** How fast a total has grown between its readings. */
export class Rates {
  #total = 0;
  /** @type {number | undefined} */
  #readAt;
  /** Amounts a second, the newest last. @type {number[]} */
  history = [];

  /** The newest amount a second. */
  get current() {
    return this.history.at(-1) ?? 0;
  }

  /**
   * A reading at `now` milliseconds. A total that has shrunk is another
   * server's, and so begins anew.
   * @param {number} total
   * @param {number} now
   */
  add(total, now) {
    if (this.#readAt !== undefined && now > this.#readAt) {
      const grown = Math.max(0, total - this.#total);
      this.history.push(grown * 1000 / (now - this.#readAt));
      this.history = this.history.slice(-MOST);
    }
    this.#total = total;
    this.#readAt = now;
  }
}
