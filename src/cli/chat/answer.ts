/**
 * One answer, shown as it comes.
 *
 * @module
 */

import { print, tell } from "../output.ts";
import { Spinner } from "../terminal/spinner.ts";
import type { AnswerPart } from "./answer_part.ts";
import { AnswerPrinter } from "./answer_printer.ts";
import type { ChatSettings } from "./settings.ts";
import { timingLines, type Timings } from "./timings.ts";

/** Columns below which breaking lines between words does not help. */
const LEAST_COLUMNS = 10;

function wrapColumns(wanted: boolean): number {
  if (!wanted || !Deno.stdout.isTerminal()) {
    return Infinity;
  }
  const { columns } = Deno.consoleSize();
  return columns < LEAST_COLUMNS ? Infinity : columns;
}

/** Shows an answer; its content, as far as it came before it was stopped. */
export async function showAnswer(
  parts: AsyncIterable<AnswerPart>,
  settings: ChatSettings,
  signal: AbortSignal,
): Promise<string> {
  const printer = new AnswerPrinter({
    columns: wrapColumns(settings.wordWrap),
    hideThinking: settings.hideThinking,
    coloured: Deno.stdout.isTerminal(),
  });
  using spinner = new Spinner();
  let content = "";
  let timings: Timings | undefined;
  try {
    for await (const part of parts) {
      if (part.content !== "" || !settings.hideThinking) {
        spinner.stop();
      }
      content += part.content;
      printer.show(part);
      timings = part.timings ?? timings;
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  } finally {
    spinner.stop();
    printer.end();
  }
  print("\n\n");
  if (settings.verbose && timings !== undefined) {
    tell(timingLines(timings));
  }
  return content;
}

/** Does something that Ctrl-C stops, without ending the program. */
export async function stoppable<T>(
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  Deno.addSignalListener("SIGINT", stop);
  try {
    return await run(controller.signal);
  } finally {
    Deno.removeSignalListener("SIGINT", stop);
  }
}
