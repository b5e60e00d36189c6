/**
 * Text to and from C.
 *
 * @module
 */

const encoder = new TextEncoder();

/** UTF-8 with a terminator. The caller keeps it alive while C may read it. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text + "\0");
}

/** Text of a C string the library owns; "" for NULL. */
export function readCString(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}
