/**
 * `tally engine --quantize`: writes a GGUF file again. A process of its own,
 * because libllama ends the process it is in on a file that it cannot bear.
 *
 * @module
 */

import { openLibrary, quantizeModel } from "../../ffi/mod.ts";
import type { QuantizeJob } from "../messages.ts";
import { libraryOptions } from "./native_library.ts";

/** What the library finds the other parts by. */
function partName(index: number, count: number): string {
  const digits = (number: number) => String(number).padStart(5, "0");
  return `part-${digits(index + 1)}-of-${digits(count)}.gguf`;
}

/** One file, or the first of several that are given names that go together. */
async function inputOf({ inputs, workFolder }: QuantizeJob): Promise<string> {
  const [first = "", ...others] = inputs;
  if (others.length === 0) {
    return first;
  }
  for (const [index, path] of inputs.entries()) {
    await Deno.link(path, `${workFolder}/${partName(index, inputs.length)}`);
  }
  return `${workFolder}/${partName(0, inputs.length)}`;
}

async function readJob(
  lines: AsyncIterator<string>,
): Promise<QuantizeJob | undefined> {
  let text = "";
  for (;;) {
    const { done, value } = await lines.next();
    if (done) {
      return undefined;
    }
    text += value;
    if (text.endsWith("\n")) {
      return JSON.parse(text);
    }
  }
}

/** Resolves when nobody waits for the work any more. */
async function inputEnd(lines: AsyncIterator<string>): Promise<void> {
  while (!(await lines.next()).done) {
    // Nothing more is expected.
  }
}

async function work(job: QuantizeJob): Promise<number> {
  using library = await openLibrary(libraryOptions("cpu"));
  const { output, fileType, exceptions } = job;
  try {
    await quantizeModel(library, {
      input: await inputOf(job),
      output,
      exceptions,
      threads: navigator.hardwareConcurrency,
      ...(fileType === undefined ? {} : { fileType }),
    });
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

/** Does the job of standard input; ends, too, when standard input does. */
export async function runQuantize(): Promise<number> {
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
    [Symbol.asyncIterator]();
  const job = await readJob(lines);
  if (job === undefined) {
    return 1;
  }
  return await Promise.race([work(job), inputEnd(lines).then(() => 1)]);
}
