/**
 * Keeps a choice to the tokens that a grammar allows.
 *
 * @module
 */

/**
 * Makes every token impossible whose bit is not set: bit `t % 32` of word
 * `t / 32`. Whole words are told apart first, since most are all or nothing.
 */
export function forbidOthers(logits: Float32Array, allowed: Int32Array): void {
  for (let word = 0; word < allowed.length; word++) {
    const bits = allowed[word] ?? 0;
    const first = word * 32;
    if (bits === 0) {
      logits.fill(-Infinity, first, first + 32);
    } else if (bits !== -1) {
      const end = Math.min(first + 32, logits.length);
      for (let token = first; token < end; token++) {
        if (((bits >> (token - first)) & 1) === 0) {
          logits[token] = -Infinity;
        }
      }
    }
  }
  logits.fill(-Infinity, Math.min(allowed.length * 32, logits.length));
}
