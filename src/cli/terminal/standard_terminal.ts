/**
 * The terminal that standard input and output are.
 *
 * @module
 */

import { print } from "../output.ts";
import type { Terminal } from "./line_editor.ts";

/** Bytes read at once; more than a person types. */
const READ_BYTES = 4096;

/** The terminal of this program. */
export function standardTerminal(): Terminal {
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(READ_BYTES);
  return {
    read: async () => {
      const count = await Deno.stdin.read(bytes);
      return count === null
        ? undefined
        : decoder.decode(bytes.subarray(0, count), { stream: true });
    },
    write: print,
    size: () => Deno.consoleSize(),
    setRaw: (raw) => Deno.stdin.setRaw(raw),
    suspend: () => {
      if (Deno.build.os !== "windows") {
        Deno.kill(Deno.pid, "SIGTSTP");
      }
    },
  };
}
