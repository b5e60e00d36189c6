/**
 * What the ways of writing tool calls have in common.
 *
 * @module
 */

import type { ToolCall } from "../../generation.ts";

/** The calls found at the beginning of a text, and its length. */
export interface FoundCalls {
  readonly calls: readonly ToolCall[];
  readonly length: number;
}

/** `more` waits for more text, `bad` is no call whatever may follow. */
export type Reading = FoundCalls | "more" | "bad";

/** What readers know beside the text. */
export interface ReadContext {
  readonly tools: ToolSchemas;
  /** No more text will come. */
  readonly ended: boolean;
}

/** Reads what follows the marker of a format. */
export type ReadCalls = (text: string, context: ReadContext) => Reading;

/** One way of writing calls. */
export interface CallFormat {
  /** Begins a call in the answer. */
  readonly marker: string;
  readonly read: ReadCalls;
}

type Members = Readonly<Record<string, unknown>>;

/** Narrows to an object that is no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function member(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

/** The tools of a request, in OpenAI's shape. */
export class ToolSchemas {
  readonly #parameters = new Map<string, Members>();

  constructor(tools: readonly unknown[]) {
    for (const tool of tools) {
      const definition = member(tool, "function") ?? tool;
      const name = member(definition, "name");
      const properties = member(
        member(definition, "parameters"),
        "properties",
      );
      if (typeof name === "string") {
        this.#parameters.set(name, isObject(properties) ? properties : {});
      }
    }
  }

  has(name: string): boolean {
    return this.#parameters.has(name);
  }

  /** An argument written as bare text, as the schema types it. */
  typed(tool: string, parameter: string, text: string): unknown {
    const given = member(this.#parameters.get(tool)?.[parameter], "type");
    const types = Array.isArray(given) ? given : [given];
    const isText = given === undefined || types.includes("string");
    if (isText && !(types.includes("null") && text === "null")) {
      return text;
    }
    return parseJson(text) ?? parseJson(text.toLowerCase()) ??
      (text === "null" ? null : text);
  }
}

/** The value, or undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where a marker begins; the text's length while it may still come. */
export function bodyEnd(
  text: string,
  close: string,
  { ended }: ReadContext,
): { readonly body: string; readonly length: number } | undefined {
  const at = text.indexOf(close);
  if (at >= 0) {
    return { body: text.slice(0, at), length: at + close.length };
  }
  return ended ? { body: text, length: text.length } : undefined;
}
