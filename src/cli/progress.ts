/**
 * How far a long piece of work has come, on one line of the terminal.
 *
 * @module
 */

import { humanSize } from "./human.ts";
import { tell } from "./output.ts";

/** Milliseconds between two looks at a line that changes all the time. */
const REDRAW_MS = 100;

/** Back to the beginning of the line, and clears it (ECMA-48). */
const CLEAR_LINE = "\r\x1b[K";

/** `copying model.gguf  42% of 4.7 GB` */
export function progressText(
  label: string,
  completed: number,
  total: number,
): string {
  const share = total === 0 ? 1 : completed / total;
  return `${label} ${Math.floor(share * 100)}% of ${humanSize(total)}`;
}

/** The stream as it is; how far it has been read is told meanwhile. */
export function withProgress(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  label: string,
  total: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (!Deno.stderr.isTerminal()) {
    tell(`${label}\n`);
    return stream;
  }
  let completed = 0;
  let drawn = -Infinity;
  return stream.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        completed += chunk.length;
        if (performance.now() - drawn > REDRAW_MS) {
          drawn = performance.now();
          tell(CLEAR_LINE + progressText(label, completed, total));
        }
        controller.enqueue(chunk);
      },
      flush() {
        tell(`${CLEAR_LINE}${progressText(label, completed, total)}\n`);
      },
    }),
  );
}
