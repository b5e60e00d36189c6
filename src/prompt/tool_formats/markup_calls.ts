/**
 * Calls in tags: Qwen-Coder's and GLM's XML, DeepSeek's and Kimi's markers.
 *
 * @module
 */

import {
  bodyEnd,
  parseJson,
  type ReadContext,
  type Reading,
  type ToolSchemas,
} from "./format.ts";
import { argumentsOf, jsonUntil } from "./json_calls.ts";

const NAME = /^[\w.:-]+$/;
const PARAMETER =
  /<parameter=([^>\n]+)>\n?([^]*?)\n?(?:<\/parameter>|(?=<parameter=|<\/function>|$))/g;
const GLM_ARGUMENT =
  /<arg_key>([^]*?)<\/arg_key>\s*<arg_value>([^]*?)(?:<\/arg_value>|$)/g;

function typedArguments(
  name: string,
  pairs: Iterable<RegExpExecArray>,
  tools: ToolSchemas,
): Record<string, unknown> {
  return Object.fromEntries(
    [...pairs].map(([, key = "", value = ""]) => {
      const parameter = key.trim();
      return [parameter, tools.typed(name, parameter, value)];
    }),
  );
}

/** The arguments of a function: XML, or JSON as Functionary writes it. */
function functionArguments(
  name: string,
  body: string,
  tools: ToolSchemas,
): Record<string, unknown> | undefined {
  if (body.trimStart().startsWith("{")) {
    return argumentsOf(parseJson(body) ?? "");
  }
  return body.replace(PARAMETER, "").trim() === ""
    ? typedArguments(name, body.matchAll(PARAMETER), tools)
    : undefined;
}

/** What follows `<function=`, up to `</function>`. */
export function readFunction(text: string, context: ReadContext): Reading {
  const end = bodyEnd(text, "</function>", context);
  const head = /^\s*([^>\n]*)>/.exec(text);
  if (head === null && (end !== undefined || text.includes("\n"))) {
    return "bad";
  }
  if (end === undefined || head === null) {
    return "more";
  }
  const name = head[1]?.trim() ?? "";
  const body = end.body.slice(head[0].length);
  const args = functionArguments(name, body, context.tools);
  return NAME.test(name) && args !== undefined
    ? { calls: [{ name, arguments: args }], length: end.length }
    : "bad";
}

/** Passes over a closing tag that may follow a call. */
function withClosing(
  text: string,
  close: string,
  reading: Reading,
  { ended }: ReadContext,
): Reading {
  if (typeof reading === "string") {
    return reading;
  }
  const rest = text.slice(reading.length);
  const next = rest.trimStart();
  if (next.startsWith(close)) {
    const spaces = rest.length - next.length;
    return { ...reading, length: reading.length + spaces + close.length };
  }
  return !ended && close.startsWith(next) ? "more" : reading;
}

function readGlm(text: string, context: ReadContext): Reading {
  const end = bodyEnd(text, "</tool_call>", context);
  if (end === undefined) {
    return "more";
  }
  const name = /^\s*([^\s<]*)/.exec(end.body)?.[1] ?? "";
  const rest = end.body.replace(GLM_ARGUMENT, "").trim();
  const pairs = end.body.matchAll(GLM_ARGUMENT);
  return NAME.test(name) && rest === name
    ? {
      calls: [{ name, arguments: typedArguments(name, pairs, context.tools) }],
      length: end.length,
    }
    : "bad";
}

const CLOSE = "</tool_call>";
const FUNCTION = "<function=";

/** What follows `<tool_call>`: JSON, Qwen-Coder's or GLM's XML. */
export function readToolCall(text: string, context: ReadContext): Reading {
  const body = text.trimStart();
  const skipped = text.length - body.length;
  if (/^[{[]/.test(body)) {
    return jsonUntil(CLOSE)(text, context);
  }
  if (body.startsWith(FUNCTION)) {
    const start = skipped + FUNCTION.length;
    const reading = readFunction(text.slice(start), context);
    return typeof reading === "string" ? reading : withClosing(
      text,
      CLOSE,
      { ...reading, length: start + reading.length },
      context,
    );
  }
  return !context.ended && FUNCTION.startsWith(body)
    ? "more"
    : readGlm(text, context);
}

/** What follows DeepSeek's beginning of a call, in its older or newer form. */
export function readDeepSeek(text: string, context: ReadContext): Reading {
  const end = bodyEnd(text, "<｜tool▁call▁end｜>", context);
  if (end === undefined) {
    return "more";
  }
  const match =
    /^\s*(?:function<｜tool▁sep｜>)?([\w.:-]+)(?:<｜tool▁sep｜>|\s)([^]*)$/
      .exec(
        end.body,
      );
  const json = match?.[2]?.trim().replace(/^```json|```$/g, "") ?? "";
  const args = argumentsOf(parseJson(json) ?? "");
  return match === null || args === undefined ? "bad" : {
    calls: [{ name: match[1] ?? "", arguments: args }],
    length: end.length,
  };
}

/** What follows Kimi's beginning of a call: its id, which names the tool. */
export function readKimi(text: string, context: ReadContext): Reading {
  const end = bodyEnd(text, "<|tool_call_end|>", context);
  if (end === undefined) {
    return "more";
  }
  const [, id = "", name = "", json = ""] =
    /^\s*((?:functions\.)?([\w.-]+)(?::\d+)?)\s*<\|tool_call_argument_begin\|>([^]*)$/
      .exec(end.body) ?? [];
  const args = argumentsOf(parseJson(json) ?? "");
  return name === "" || args === undefined
    ? "bad"
    : { calls: [{ id, name, arguments: args }], length: end.length };
}
