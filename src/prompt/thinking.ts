/**
 * Tells thinking from the answer while the text streams in.
 *
 * @module
 */

import { heldBack } from "./held_back.ts";
import type { ThinkingTags } from "./thinking_tags.ts";

/** What a piece of text brought, each part may be empty. */
export interface ThinkingPieces {
  readonly thinking: string;
  readonly content: string;
}

/** Whether the prompt has opened the thinking already. */
export function opensThinking(prompt: string, tags: ThinkingTags): boolean {
  return prompt.trimEnd().endsWith(tags.open);
}

/**
 * `beforeTag` waits for the opening tag, `opened` passes over one that repeats
 * the prompt's, `beforeThinking` and `beforeContent` skip white space.
 */
type State =
  | "beforeTag"
  | "opened"
  | "beforeThinking"
  | "thinking"
  | "beforeContent"
  | "content";

/** Splits one answer. White space next to the tags belongs to nobody. */
export class ThinkingParser {
  readonly #tags: ThinkingTags;
  #state: State;
  /** Text that may be the beginning of a tag. */
  #held = "";

  /** `isOpen` says that the prompt ended with the opening tag. */
  constructor(tags: ThinkingTags, isOpen: boolean) {
    this.#tags = tags;
    this.#state = isOpen ? "opened" : "beforeTag";
  }

  /** Takes the next piece of the answer, gives what is certain. */
  add(text: string): ThinkingPieces {
    this.#held += text;
    const pieces = { thinking: "", content: "" };
    while (this.#step(pieces)) { /* until more text is needed */ }
    return pieces;
  }

  /** Gives what was held back when the answer is over. */
  end(): ThinkingPieces {
    const held = this.#held;
    this.#held = "";
    switch (this.#state) {
      case "beforeTag":
      case "content":
        return { thinking: "", content: held };
      case "opened":
      case "beforeThinking":
      case "beforeContent":
        return { thinking: held.trim(), content: "" };
      case "thinking":
        return { thinking: held, content: "" };
      default:
        return this.#state satisfies never;
    }
  }

  /** One change of state; false when more text is needed. */
  #step(pieces: { thinking: string; content: string }): boolean {
    switch (this.#state) {
      case "beforeTag":
        return this.#findOpening("content");
      case "opened":
        return this.#findOpening("beforeThinking");
      case "beforeThinking":
        return this.#skipSpace("thinking");
      case "thinking":
        return this.#findClosing(pieces);
      case "beforeContent":
        return this.#skipSpace("content");
      case "content":
        pieces.content += this.#held;
        this.#held = "";
        return false;
      default:
        return this.#state satisfies never;
    }
  }

  #skipSpace(next: State): boolean {
    this.#held = this.#held.trimStart();
    if (this.#held === "") {
      return false;
    }
    this.#state = next;
    return true;
  }

  /** White space that no tag follows belongs to the text. */
  #findOpening(without: State): boolean {
    const { open } = this.#tags;
    const text = this.#held.trimStart();
    if (text.startsWith(open)) {
      this.#held = text.slice(open.length);
      this.#state = "beforeThinking";
      return true;
    }
    if (open.startsWith(text)) {
      return false;
    }
    this.#state = without;
    return true;
  }

  #findClosing(pieces: { thinking: string }): boolean {
    const { close } = this.#tags;
    const at = this.#held.indexOf(close);
    const end = at < 0 ? heldBack(this.#held, close) : at;
    pieces.thinking += this.#held.slice(0, end);
    this.#held = this.#held.slice(at < 0 ? end : at + close.length);
    this.#state = at < 0 ? "thinking" : "beforeContent";
    return at >= 0;
  }
}
