/**
 * Calls as `<invoke name="…"><parameter name="…">…`: MiniMax's, and
 * DeepSeek's since V3.2, whose tags have a prefix.
 *
 * @module
 */

import {
  bodyEnd,
  parseJson,
  type ReadCalls,
  type ReadContext,
  type Reading,
  type ToolSchemas,
} from "./format.ts";

/** A value, by what its tag says of it, else by the tool's schema. */
function valueOf(
  tool: string,
  [, parameter = "", isText, text = ""]: RegExpExecArray,
  tools: ToolSchemas,
): unknown {
  if (isText === undefined) {
    return tools.typed(tool, parameter, text);
  }
  return isText === "true"
    ? text
    : parseJson(text) ?? (text === "null" ? null : text);
}

/** Reads what follows `<invoke name=`; `prefix` comes before tags' names. */
export function invokeCall(prefix = ""): ReadCalls {
  const parameters = new RegExp(
    `<${prefix}parameter name="([^"]*)"(?: string="(true|false)")?>` +
      `([^]*?)</${prefix}parameter>`,
    "g",
  );
  return (text: string, context: ReadContext): Reading => {
    const end = bodyEnd(text, `</${prefix}invoke>`, context);
    if (end === undefined) {
      return "more";
    }
    const [head, name = ""] = /^"([\w.:-]+)">/.exec(end.body) ?? [];
    const body = end.body.slice(head?.length);
    if (head === undefined || body.replace(parameters, "").trim() !== "") {
      return "bad";
    }
    const pairs = [...body.matchAll(parameters)].map((match) =>
      [match[1] ?? "", valueOf(name, match, context.tools)] as const
    );
    const call = { name, arguments: Object.fromEntries(pairs) };
    return { calls: [call], length: end.length };
  };
}
