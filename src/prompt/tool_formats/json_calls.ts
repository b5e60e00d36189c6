/**
 * Calls as JSON: `{"name": …, "arguments": {…}}`, alone or in a list.
 *
 * @module
 */

import type { ToolCall } from "../../generation.ts";
import {
  isObject,
  parseJson,
  type ReadCalls,
  type ReadContext,
  type Reading,
} from "./format.ts";

/** Answers of Command-R that are no calls. */
const NO_CALLS = ["directly_answer", "directly-answer"];

/** Index after the JSON object or list that begins the text. */
export function jsonEnd(text: string): number | "more" {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inText) {
      if (char === "\\") {
        at++;
      } else if (char === '"') {
        inText = false;
      }
    } else if (char === '"') {
      inText = true;
    } else if (char === "{" || char === "[") {
      depth++;
    } else if ((char === "}" || char === "]") && --depth === 0) {
      return at + 1;
    }
  }
  return "more";
}

/** Arguments, which some models write as text that holds JSON. */
export function argumentsOf(
  value: unknown,
): Record<string, unknown> | undefined {
  const parsed = typeof value === "string" ? parseJson(value) : value ?? {};
  return isObject(parsed) ? parsed : undefined;
}

function callOf(value: unknown): ToolCall | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  const inner = isObject(value.function) ? value.function : value;
  const name = inner.name ?? inner.tool_name;
  const args = argumentsOf(inner.arguments ?? inner.parameters);
  if (typeof name !== "string" || name === "" || args === undefined) {
    return undefined;
  }
  const id = typeof value.id === "string" ? { id: value.id } : {};
  return { ...id, name, arguments: args };
}

/** All calls of a value; undefined when anything in it is none. */
function callsOf(value: unknown): readonly ToolCall[] | undefined {
  const values = Array.isArray(value) ? value : [value];
  const calls = values.map(callOf).filter((call) => call !== undefined);
  return calls.length === values.length && calls.length > 0
    ? calls.filter(({ name }) => !NO_CALLS.includes(name))
    : undefined;
}

/** Reads one object or list of calls, white space before it included. */
export function readJsonCalls(text: string): Reading {
  const start = text.length - text.trimStart().length;
  const json = text.slice(start);
  if (json === "") {
    return "more";
  }
  if (!/^[{[]/.test(json)) {
    return "bad";
  }
  const end = jsonEnd(json);
  if (end === "more") {
    return "more";
  }
  const calls = callsOf(parseJson(json.slice(0, end)));
  return calls === undefined ? "bad" : { calls, length: start + end };
}

/** Reads objects or lists of calls up to a closing marker. */
export function jsonUntil(close: string): ReadCalls {
  return (text: string, { ended }: ReadContext): Reading => {
    const calls: ToolCall[] = [];
    let length = 0;
    while (true) {
      const reading = readJsonCalls(text.slice(length));
      if (typeof reading === "string") {
        return ended && calls.length > 0 ? { calls, length } : reading;
      }
      calls.push(...reading.calls);
      length += reading.length;
      const rest = text.slice(length);
      const next = rest.trimStart();
      const closed = length + rest.length - next.length + close.length;
      if (next.startsWith(close)) {
        return { calls, length: closed };
      }
      if (!ended && close.startsWith(next)) {
        return "more";
      }
      if (!/^[{[]/.test(next)) {
        return { calls, length };
      }
    }
  };
}

/** Reads bare JSON; it must name a tool of the request. */
export function readBareCalls(text: string, { tools }: ReadContext): Reading {
  const reading = readJsonCalls(text);
  return typeof reading === "string" ||
      reading.calls.every(({ name }) => tools.has(name))
    ? reading
    : "bad";
}

/** `Action: ```json […]``` `, as Command-R writes it. */
export function readAction(text: string, context: ReadContext): Reading {
  const fence = /^\s*```json/.exec(text)?.[0];
  if (fence === undefined) {
    return !context.ended && "```json".startsWith(text.trim()) ? "more" : "bad";
  }
  const reading = jsonUntil("```")(text.slice(fence.length), context);
  return typeof reading === "string"
    ? reading
    : { ...reading, length: fence.length + reading.length };
}

/** What may come before Mistral's arguments. */
const MISTRAL_NAME =
  /^\s*([\w.-]+)(?:\[CALL_ID\]([\w-]+))?(?:\[ARGS\])?\s*(?=\{)/;
const MISTRAL_BEGINNING = /^\s*[\w.-]*(?:\[[A-Z_]*\]?[\w-]*)*\s*$/;

/** A list, or name and arguments apart. */
export function readMistral(text: string): Reading {
  if (/^\s*(?:[{[]|$)/.test(text)) {
    return readJsonCalls(text);
  }
  const match = MISTRAL_NAME.exec(text);
  if (match === null) {
    return MISTRAL_BEGINNING.test(text) ? "more" : "bad";
  }
  const [head, name = "", id] = match;
  const json = text.slice(head.length);
  const end = jsonEnd(json);
  if (end === "more") {
    return "more";
  }
  const args = argumentsOf(parseJson(json.slice(0, end)));
  return args === undefined ? "bad" : {
    calls: [{ ...(id === undefined ? {} : { id }), name, arguments: args }],
    length: head.length + end,
  };
}
