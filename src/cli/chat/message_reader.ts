/**
 * Reads what a person says in a chat: lines, blocks, drafts of an editor.
 *
 * @module
 */

import { print, tell } from "../output.ts";
import type { LineEditor } from "../terminal/line_editor.ts";
import type { Prompt } from "../terminal/line_view.ts";
import { goesOn } from "./command.ts";
import { editExternally } from "./external_editor.ts";

const PROMPT: Prompt = {
  mark: ">>> ",
  nextMark: "... ",
  placeholder: "Send a message (/? for help)",
};

/** Inside of `"""`. */
const BLOCK_PROMPT: Prompt = {
  mark: "... ",
  nextMark: "... ",
  placeholder: 'End the message with """',
};

async function edited(text: string): Promise<string> {
  try {
    return await editExternally(text);
  } catch (error) {
    tell(`error: ${(error as Error).message}\n`);
    return text;
  }
}

/** A whole message; undefined when the person leaves. */
export async function readMessage(
  editor: LineEditor,
): Promise<string | undefined> {
  /** Lines of a block that has begun. */
  let block = "";
  /** What an editor has made of the message. */
  let draft = "";
  while (true) {
    const prompt = block === "" ? PROMPT : BLOCK_PROMPT;
    const typed = await editor.read(prompt, draft);
    draft = "";
    switch (typed.type) {
      case "leave":
        return undefined;
      case "interrupt":
        if (typed.text === "" && block === "") {
          print("\nUse Ctrl + d or /bye to exit.\n");
        }
        block = "";
        break;
      case "editor":
        draft = await edited(typed.text);
        break;
      case "message":
        block += typed.text;
        if (!goesOn(block)) {
          return block;
        }
        block += "\n";
        break;
      default:
        typed satisfies never;
    }
  }
}
