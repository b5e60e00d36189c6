/**
 * Answers of gpt-oss: messages in channels, one for thinking, one for the
 * answer, and calls addressed to functions.
 *
 * @module
 */

import type { AnswerParser, AnswerPiece } from "./answer_piece.ts";
import { heldBack } from "./held_back.ts";
import { parseJson } from "./tool_formats/format.ts";
import { argumentsOf } from "./tool_formats/json_calls.ts";

const START = "<|start|>";
const CHANNEL = "<|channel|>";
const MESSAGE = "<|message|>";

/** What ends the text of a message. */
const ENDS = ["<|end|>", "<|call|>", "<|return|>", START, CHANNEL];

/** What an answer begins with; one without has no header at all. */
const BEGINNINGS = [START, CHANNEL, MESSAGE, "to=", "assistant"];

/** Where the text of a message goes; a name is that of a called function. */
type Target =
  | { readonly type: "thinking" | "content" }
  | { readonly type: "call"; readonly name: string };

const CONTENT: Target = { type: "content" };

function targetOf(header: string): Target {
  const name = /\bto=functions\.([\w.-]+)/.exec(header)?.[1];
  if (name !== undefined) {
    return { type: "call", name };
  }
  return header.includes(`${CHANNEL}analysis`) ? { type: "thinking" } : CONTENT;
}

/** Splits one answer. A call that cannot be read is content. */
export class HarmonyParser implements AnswerParser {
  #held = "";
  #isFirst = true;
  /** Undefined while the header is read. */
  #target: Target | undefined;
  #pieces: AnswerPiece[] = [];

  add(text: string): AnswerPiece[] {
    this.#held += text;
    while (
      this.#target === undefined
        ? this.#readHeader()
        : this.#readText(this.#target)
    ) { /* until more text is needed */ }
    return this.#take();
  }

  end(): AnswerPiece[] {
    if (this.#target !== undefined) {
      this.#give(this.#target, this.#held);
    } else if (this.#isFirst) {
      this.#give(CONTENT, this.#held);
    }
    this.#held = "";
    return this.#take();
  }

  #take(): AnswerPiece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #give(target: Target, text: string) {
    if (target.type !== "call") {
      if (text !== "") {
        this.#pieces.push({ type: target.type, text });
      }
      return;
    }
    const args = argumentsOf(parseJson(text) ?? "");
    this.#pieces.push(
      args === undefined
        ? { type: "content", text }
        : { type: "call", call: { name: target.name, arguments: args } },
    );
  }

  #readHeader(): boolean {
    const end = this.#held.indexOf(MESSAGE);
    if (this.#isFirst && !this.#mayBeHeader()) {
      this.#isFirst = false;
      this.#target = CONTENT;
      return true;
    }
    if (end < 0) {
      return false;
    }
    this.#isFirst = false;
    this.#target = targetOf(this.#held.slice(0, end));
    this.#held = this.#held.slice(end + MESSAGE.length);
    return true;
  }

  #mayBeHeader(): boolean {
    const text = this.#held.trimStart();
    return BEGINNINGS.some((beginning) =>
      text.startsWith(beginning) || beginning.startsWith(text)
    );
  }

  /** Calls wait for their end, other text is given at once. */
  #readText(target: Target): boolean {
    const found = ENDS
      .map((end) => ({ end, at: this.#held.indexOf(end) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0];
    if (found === undefined) {
      const certain = Math.min(
        ...ENDS.map((end) => heldBack(this.#held, end)),
      );
      if (target.type !== "call") {
        this.#give(target, this.#held.slice(0, certain));
        this.#held = this.#held.slice(certain);
      }
      return false;
    }
    this.#give(target, this.#held.slice(0, found.at));
    const isHeader = found.end === START || found.end === CHANNEL;
    this.#held = this.#held.slice(
      found.at + (isHeader ? 0 : found.end.length),
    );
    this.#target = undefined;
    return true;
  }
}
