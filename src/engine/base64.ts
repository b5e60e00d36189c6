/**
 * Vectors as text.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** Base64 of little-endian 32-bit floats. */
export function encodeBase64(vector: Float32Array): string {
  const { buffer, byteOffset, byteLength } = vector;
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
    .toString("base64");
}
