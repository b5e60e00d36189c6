/**
 * Bytes of tokens to whole UTF-8 text, with stop strings cut off.
 *
 * @module
 */

/** Text that may be shown now, and whether a stop string ended it. */
export interface StreamedText {
  readonly text: string;
  readonly stopped: boolean;
}

/** Assembles the text of one answer. */
export class TextStream {
  readonly #stop: readonly string[];
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Text that could still be the beginning of a stop string. */
  #held = "";

  constructor(stop: readonly string[]) {
    this.#stop = stop.filter((each) => each !== "");
  }

  /** Takes the bytes of a token. Incomplete characters are held back. */
  push(bytes: Uint8Array): StreamedText {
    return this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  /** What is left when the answer has ended. */
  end(): StreamedText {
    const { text, stopped } = this.#take(this.#decoder.decode());
    const rest = this.#held;
    this.#held = "";
    return { text: stopped ? text : text + rest, stopped };
  }

  #take(decoded: string): StreamedText {
    const text = this.#held + decoded;
    const cut = this.#firstStop(text);
    if (cut !== undefined) {
      this.#held = "";
      return { text: text.slice(0, cut), stopped: true };
    }
    const end = text.length - this.#heldLength(text);
    this.#held = text.slice(end);
    return { text: text.slice(0, end), stopped: false };
  }

  /**
   * Where the stop string begins that is whole first, and the longest of
   * those: so the text does not depend on how tokens cut it.
   */
  #firstStop(text: string): number | undefined {
    let first: { begin: number; end: number } | undefined;
    for (const stop of this.#stop) {
      const begin = text.indexOf(stop);
      const end = begin + stop.length;
      if (
        begin >= 0 && (first === undefined || end < first.end ||
          (end === first.end && begin < first.begin))
      ) {
        first = { begin, end };
      }
    }
    return first?.begin;
  }

  /** Length of the longest end of the text that begins a stop string. */
  #heldLength(text: string): number {
    let longest = 0;
    for (const stop of this.#stop) {
      const most = Math.min(stop.length - 1, text.length);
      for (let length = most; length > longest; length--) {
        if (stop.startsWith(text.slice(text.length - length))) {
          longest = length;
          break;
        }
      }
    }
    return longest;
  }
}
