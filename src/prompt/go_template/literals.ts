/**
 * Constants of Go templates.
 *
 * @module
 */

import type { Token } from "./lexer.ts";
import type { Operand } from "./nodes.ts";

/** Whole numbers are Go's `int`, others `float64`. */
function numberOf(written: string): bigint | number {
  const digits = written.replaceAll("_", "");
  if (!/^[+-]?(?:0[xXoObB]|\d+$)/.test(digits)) {
    return Number(digits);
  }
  const size = digits.replace(/^[+-]/, "").replace(/^0(?=[0-7]+$)/, "0o");
  return (digits.startsWith("-") ? -1n : 1n) * BigInt(size);
}

/** The constant a token stands for; undefined when it is none. */
export function literalOf({ type, text, at }: Token): Operand | undefined {
  switch (type) {
    case "constant":
      return text === "nil"
        ? { type: "nil", at }
        : { type: "literal", at, value: text === "true" };
    case "string":
      return { type: "literal", at, value: text };
    case "char":
      return { type: "literal", at, value: BigInt(text.codePointAt(0) ?? 0) };
    case "number":
      return { type: "literal", at, value: numberOf(text) };
    default:
      return undefined;
  }
}
