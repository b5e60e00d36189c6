/**
 * JSON as Ollama writes it into blobs, so that equal content has equal
 * digests (https://pkg.go.dev/encoding/json#Encoder).
 *
 * @module
 */

/** Go escapes what would be unsafe inside HTML. */
const ESCAPED = /[<>&\u2028\u2029]/g;

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A value on one line that ends with a newline. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(ESCAPED, escape) + "\n";
}

/** A map: Go sorts its keys. */
export function goJsonMap(map: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(map).sort(([a], [b]) => a < b ? -1 : 1);
  return goJson(Object.fromEntries(entries));
}
