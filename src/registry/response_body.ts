/**
 * Reads answers of registries, which may break off, stall or never end.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { RegistryError } from "./registry_error.ts";
import type { StallGuard } from "./stall_guard.ts";

/** The pieces of an answer. Leaving the loop gives the rest up. */
export async function* chunksOf(
  response: Response,
  guard?: StallGuard,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) {
      guard?.touch();
      yield chunk;
    }
  } catch (cause) {
    guard?.signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RegistryError("broken", `the answer broke off: ${reason}`, {
      cause,
    });
  }
}

/** The whole answer as text. Throws when it is longer than allowed. */
export async function readText(
  response: Response,
  mostBytes: number,
  guard?: StallGuard,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(response, guard)) {
    bytes += chunk.length;
    if (bytes > mostBytes) {
      throw new RegistryError(
        "final",
        `the answer is longer than ${mostBytes} bytes`,
      );
    }
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new RegistryError("broken", "the answer is not UTF-8", { cause });
  }
}
