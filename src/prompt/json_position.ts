/**
 * Where a JSON text stands while it is written.
 *
 * @module
 */

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/** Bytes below are control characters, which strings may not hold as such. */
const FIRST_PRINTABLE = 0x20;

/** Whether a byte is white space between the parts of a JSON text. */
export function isWhitespace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Follows a text byte by byte. */
export class JsonPosition {
  inString: boolean;
  /** Bytes of white space at the end, outside of strings. */
  whitespace = 0;
  #escaped = false;

  constructor(inString = false) {
    this.inString = inString;
  }

  add(byte: number): void {
    if (this.#escaped) {
      this.#escaped = false;
    } else if (this.inString && byte === BACKSLASH) {
      this.#escaped = true;
    } else if (byte === QUOTE) {
      this.inString = !this.inString;
    }
    const blank = !this.inString && isWhitespace(byte);
    this.whitespace = blank ? this.whitespace + 1 : 0;
  }
}

/** Whether bytes would put a control character into a string. */
export function hasRawControl(bytes: Uint8Array, inString: boolean): boolean {
  const position = new JsonPosition(inString);
  return bytes.some((byte) => {
    const isBad = position.inString && byte < FIRST_PRINTABLE;
    position.add(byte);
    return isBad;
  });
}
