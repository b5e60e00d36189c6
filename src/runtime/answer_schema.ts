/**
 * The grammar that an answer is held to, by its format or because it must be
 * the call of a tool.
 *
 * @module
 */

import { callSchema } from "../prompt/forced_call.ts";
import { ebnfOfGbnf } from "../prompt/gbnf.ts";
import type { GrammarSource } from "../prompt/grammar_source.ts";
import { ANY_OBJECT, supportedSchema } from "../prompt/json_schema.ts";
import type { GenerationRequest, Prompt } from "./generation_request.ts";

/** Whether the answer must be the call of a tool. */
export function mustCall(prompt: Prompt): boolean {
  return prompt.type === "chat" && prompt.toolChoice !== undefined &&
    prompt.toolChoice !== "auto" && prompt.toolChoice !== "none";
}

/** Throws a `bad_request` for what cannot be held to. */
export function grammarOf(
  { prompt, format }: GenerationRequest,
): GrammarSource | undefined {
  if (prompt.type === "chat" && mustCall(prompt)) {
    const { tools = [], toolChoice } = prompt;
    const name = typeof toolChoice === "object" ? toolChoice.name : undefined;
    return { schema: callSchema(tools, name) };
  }
  switch (format?.type) {
    case undefined:
      return undefined;
    case "json":
      return { schema: ANY_OBJECT };
    case "schema":
      return { schema: supportedSchema(format.schema) };
    case "gbnf":
      return { ebnf: ebnfOfGbnf(format.grammar) };
  }
}
