/**
 * What a model writes, told apart while it streams in: thinking, answer and
 * calls of tools.
 *
 * @module
 */

import type { AnswerParser, AnswerPiece } from "./answer_piece.ts";
import type { TemplateSource } from "./chat_template.ts";
import { HarmonyParser } from "./harmony.ts";
import {
  opensThinking,
  ThinkingParser,
  type ThinkingPieces,
} from "./thinking.ts";
import { thinkingTags } from "./thinking_tags.ts";
import { callFormats, ToolCallParser } from "./tool_calls.ts";

/** What an answer's parts are told by. */
export interface AnswerOptions {
  readonly source: TemplateSource;
  /** The rendered prompt, which may have opened the thinking. */
  readonly prompt: string;
  /** Functions in OpenAI's shape; without any no calls are looked for. */
  readonly tools: readonly unknown[];
  /** Leave the thinking in the content, or split it off. */
  readonly splitThinking: boolean;
}

/** Thinking first, calls in what is left. */
class TaggedParser implements AnswerParser {
  readonly #thinking: ThinkingParser | undefined;
  readonly #calls: ToolCallParser | undefined;

  constructor({ source, prompt, tools, splitThinking }: AnswerOptions) {
    const tags = splitThinking ? thinkingTags(source) : undefined;
    this.#thinking = tags === undefined
      ? undefined
      : new ThinkingParser(tags, opensThinking(prompt, tags));
    this.#calls = tools.length === 0
      ? undefined
      : new ToolCallParser(callFormats(source), tools);
  }

  add(text: string): AnswerPiece[] {
    return this.#split(
      this.#thinking?.add(text) ?? { thinking: "", content: text },
    );
  }

  end(): AnswerPiece[] {
    const last = this.#thinking?.end() ?? { thinking: "", content: "" };
    return [...this.#split(last), ...this.#calls?.end() ?? []];
  }

  #split({ thinking, content }: ThinkingPieces): AnswerPiece[] {
    const pieces: AnswerPiece[] = thinking === ""
      ? []
      : [{ type: "thinking", text: thinking }];
    if (this.#calls !== undefined) {
      pieces.push(...this.#calls.add(content));
    } else if (content !== "") {
      pieces.push({ type: "content", text: content });
    }
    return pieces;
  }
}

/** Whether a model answers in the channels of gpt-oss. */
export function isHarmony({ go, jinja }: TemplateSource): boolean {
  return (go ?? jinja ?? "").includes("<|channel|>analysis");
}

/** The parser for the answers of a model; none when all is content. */
export function answerParser(options: AnswerOptions): AnswerParser | undefined {
  if (isHarmony(options.source)) {
    return new HarmonyParser();
  }
  return options.splitThinking || options.tools.length > 0
    ? new TaggedParser(options)
    : undefined;
}
