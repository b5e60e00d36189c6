/**
 * Answers that must be a call: the schema they are held to, whatever the
 * model's own way of writing calls, and how they are read.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { AnswerParser, AnswerPiece } from "./answer_piece.ts";
import { supportedSchema } from "./json_schema.ts";
import { isObject, parseJson } from "./tool_formats/format.ts";

type Schema = Record<string, unknown>;

/** A function in OpenAI's shape. */
interface Tool {
  readonly name: string;
  readonly parameters: Schema;
}

/** Arguments of a tool that says nothing of them, or nothing enforceable. */
const ANY_ARGUMENTS: Schema = { type: "object", additionalProperties: true };

function parametersOf(definition: Schema): Schema {
  const { parameters } = definition;
  if (!isObject(parameters)) {
    return ANY_ARGUMENTS;
  }
  try {
    supportedSchema(parameters);
    return { ...parameters, type: "object" };
  } catch {
    return ANY_ARGUMENTS;
  }
}

function toTool(value: unknown): Tool[] {
  const definition = isObject(value) ? value["function"] ?? value : undefined;
  return isObject(definition) && typeof definition["name"] === "string"
    ? [{ name: definition["name"], parameters: parametersOf(definition) }]
    : [];
}

/** References count from the root, so what they name has to be there. */
function hoist(tools: readonly Tool[], keyword: string): Schema {
  const all = tools.map(({ parameters }) => parameters[keyword])
    .filter(isObject);
  return all.length === 0 ? {} : { [keyword]: Object.assign({}, ...all) };
}

/**
 * The schema of one call of a tool, of `name` when there is one. Throws a
 * `bad_request` `ServerError` when there is no such tool.
 */
export function callSchema(tools: readonly unknown[], name?: string): string {
  const callable = tools.flatMap(toTool)
    .filter((tool) => name === undefined || tool.name === name);
  if (callable.length === 0) {
    const which = name === undefined ? "a tool" : `the tool "${name}"`;
    throw new ServerError(
      "bad_request",
      `${which} must be called but is not among the tools`,
    );
  }
  return supportedSchema({
    ...hoist(callable, "$defs"),
    ...hoist(callable, "definitions"),
    anyOf: callable.map(({ name, parameters }) => {
      const { $defs: _d, definitions: _e, ...own } = parameters;
      return {
        type: "object",
        properties: { name: { const: name }, arguments: own },
        required: ["name", "arguments"],
        additionalProperties: false,
      };
    }),
  });
}

/** Reads an answer that was held to {@linkcode callSchema}. */
export class ForcedCallParser implements AnswerParser {
  readonly #thinking: AnswerParser | undefined;
  #text = "";

  /** `thinking` splits off what comes before the call. */
  constructor(thinking: AnswerParser | undefined) {
    this.#thinking = thinking;
  }

  add(text: string): AnswerPiece[] {
    return this.#hold(
      this.#thinking?.add(text) ?? [{ type: "content", text }],
    );
  }

  /** A call that was cut short is content. */
  end(): AnswerPiece[] {
    const pieces = this.#hold(this.#thinking?.end() ?? []);
    const call = parseJson(this.#text);
    if (
      isObject(call) && typeof call["name"] === "string" &&
      isObject(call["arguments"])
    ) {
      const { name, arguments: given } = call;
      pieces.push({ type: "call", call: { name, arguments: given } });
    } else if (this.#text !== "") {
      pieces.push({ type: "content", text: this.#text });
    }
    return pieces;
  }

  /** Keeps content back until it is whole. */
  #hold(pieces: readonly AnswerPiece[]): AnswerPiece[] {
    for (const piece of pieces) {
      this.#text += piece.type === "content" ? piece.text : "";
    }
    return pieces.filter(({ type }) => type !== "content");
  }
}
