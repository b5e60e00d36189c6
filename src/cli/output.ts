/**
 * Answers go to standard output, everything else to standard error.
 *
 * @module
 */

const encoder = new TextEncoder();

function write(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  const bytes = encoder.encode(text);
  let written = 0;
  while (written < bytes.length) {
    written += stream.writeSync(bytes.subarray(written));
  }
}

/** Prints an answer. A reader that has gone ends the program quietly. */
export function print(text: string): void {
  try {
    write(Deno.stdout, text);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) {
      Deno.exit(0);
    }
    throw error;
  }
}

/** Prints progress or a complaint, if anyone reads it. */
export function tell(text: string): void {
  try {
    write(Deno.stderr, text);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) {
      throw error;
    }
  }
}
