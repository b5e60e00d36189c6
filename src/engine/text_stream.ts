/**
 * Bytes of tokens to whole UTF-8 text, with stop strings cut off.
 *
 * @module
 */

/** Text that may be shown now. */
export interface StreamedText {
  readonly text: string;
  /** The stop string that has ended the answer. */
  readonly stopString?: string;
}

/** A stop string that was found. */
interface Found {
  readonly stop: string;
  readonly begin: number;
  readonly end: number;
}

/** Assembles the text of one answer. */
export class TextStream {
  readonly #stop: readonly string[];
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Text that could still be the beginning of a stop string. */
  #held = "";
  #shown = 0;

  constructor(stop: readonly string[]) {
    this.#stop = stop.filter((each) => each !== "");
  }

  /** Length of the text that has been shown, UTF-16 units. */
  get shown(): number {
    return this.#shown;
  }

  /** Where the text of the next token begins, UTF-16 units. */
  get position(): number {
    return this.#shown + this.#held.length;
  }

  /** Takes the bytes of a token. Incomplete characters are held back. */
  push(bytes: Uint8Array): StreamedText {
    return this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  /**
   * What is left when the answer has ended. A character that its end has cut
   * is left out: half of one is no text, and clients would send it back.
   */
  end(): string {
    const rest = this.#held;
    this.#held = "";
    this.#shown += rest.length;
    return rest;
  }

  #take(decoded: string): StreamedText {
    const text = this.#held + decoded;
    const found = this.#firstStop(text);
    const end = found?.begin ?? text.length - this.#heldLength(text);
    this.#held = found === undefined ? text.slice(end) : "";
    this.#shown += end;
    return {
      text: text.slice(0, end),
      ...(found === undefined ? {} : { stopString: found.stop }),
    };
  }

  /**
   * Where the stop string begins that is whole first, and the longest of
   * those: so the text does not depend on how tokens cut it.
   */
  #firstStop(text: string): Found | undefined {
    let first: Found | undefined;
    for (const stop of this.#stop) {
      const begin = text.indexOf(stop);
      const end = begin + stop.length;
      if (
        begin >= 0 && (first === undefined || end < first.end ||
          (end === first.end && begin < first.begin))
      ) {
        first = { stop, begin, end };
      }
    }
    return first;
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
