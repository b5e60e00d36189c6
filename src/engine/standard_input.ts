/**
 * The input of the engine's process.
 *
 * @module
 */

import { openInputQuestion } from "../../ffi/mod.ts";
import type { EngineInput } from "./inbox.ts";

/** Bytes read at once. */
const READ_BYTES = 65_536;

/** Commands of the server, from standard input. */
export function standardInput(): EngineInput {
  const waits = openInputQuestion();
  const buffer = new Uint8Array(READ_BYTES);
  const upTo = (count: number | null) =>
    count === null ? null : buffer.slice(0, count);
  return {
    poll: () => waits() ? upTo(Deno.stdin.readSync(buffer)) : undefined,
    read: async () => upTo(await Deno.stdin.read(buffer)),
  };
}
