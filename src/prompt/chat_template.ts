/**
 * A conversation to the text a model was trained on.
 *
 * @module
 */

import type { ChatInput } from "./chat_input.ts";
import { renderGo } from "./go_chat.ts";
import { renderJinja } from "./jinja_template.ts";

/** Where a model's template is; Go's wins over Jinja's. */
export interface TemplateSource {
  /** A Modelfile's TEMPLATE. */
  readonly go?: string;
  /** A GGUF file's own. */
  readonly jinja?: string;
}

/**
 * Renders a conversation up to where the answer begins. Throws a
 * `bad_request` `ServerError` when the template fails.
 */
export function renderChat(source: TemplateSource, input: ChatInput): string {
  if (source.go !== undefined) {
    return renderGo(source.go, input);
  }
  if (source.jinja !== undefined) {
    return renderJinja(source.jinja, input);
  }
  return input.messages.map((message) => message.content).join("\n");
}
