/**
 * Where the answer proper begins in what a model writes.
 *
 * @module
 */

import { isHarmony } from "./answer_parser.ts";
import type { TemplateSource } from "./chat_template.ts";
import { opensThinking } from "./thinking.ts";
import { thinkingTags } from "./thinking_tags.ts";

/** Begins the answer of gpt-oss, after its thinking in another channel. */
const FINAL_CHANNEL = "<|channel|>final<|message|>";

/** Whether the model goes on thinking where the rendered prompt ends. */
export function continuesThinking(
  source: TemplateSource,
  prompt: string,
): boolean {
  const tags = thinkingTags(source);
  return tags !== undefined && opensThinking(prompt, tags);
}

/**
 * The prompt with thinking begun. A model that may leave its thinking out
 * would otherwise answer without the text that {@linkcode answerMarker} tells.
 */
export function beginThinking(source: TemplateSource, prompt: string): string {
  const tags = thinkingTags(source);
  return tags === undefined || opensThinking(prompt, tags)
    ? prompt
    : `${prompt}${tags.open}\n`;
}

/** Text that the model writes before it answers; absent: it does so at once. */
export function answerMarker(
  source: TemplateSource,
  prompt: string,
): string | undefined {
  if (isHarmony(source)) {
    return FINAL_CHANNEL;
  }
  return continuesThinking(source, prompt)
    ? thinkingTags(source)?.close
    : undefined;
}
