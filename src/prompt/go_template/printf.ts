/**
 * Go's `Sprintf`, for the verbs that templates use.
 *
 * @module
 */

import {
  format,
  formatFloat,
  GoStruct,
  type GoValue,
  toJson,
  typeName,
} from "./values.ts";

const VERB = /%([-+# 0]*)(\d*)(?:\.(\d*))?([^\d]|$)/gu;

interface Layout {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

function pad(text: string, { flags, width }: Layout): string {
  if (flags.includes("-")) {
    return text.padEnd(width);
  }
  if (flags.includes("0") && /^[+-]?[\d.]+/.test(text)) {
    const sign = /^[+-]/.exec(text)?.[0] ?? "";
    return sign + text.slice(sign.length).padStart(width - sign.length, "0");
  }
  return text.padStart(width);
}

function signed(text: string, { flags }: Layout): string {
  const sign = flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  return text.startsWith("-") ? text : sign + text;
}

/** At least two digits, as in `1e+06`. */
function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

function formatReal(
  verb: string,
  value: number,
  layout: Layout,
): string | undefined {
  const { precision } = layout;
  switch (verb.toLowerCase()) {
    case "f":
      return value.toFixed(precision ?? 6);
    case "e":
      return exponent(value.toExponential(precision ?? 6));
    case "g":
      return formatFloat(value, precision);
    default:
      return undefined;
  }
}

function formatInteger(verb: string, value: bigint): string | undefined {
  switch (verb) {
    case "d":
      return String(value);
    case "b":
      return value.toString(2);
    case "o":
      return value.toString(8);
    case "x":
      return value.toString(16);
    case "X":
      return value.toString(16).toUpperCase();
    case "c":
      return String.fromCodePoint(Number(value));
    case "q":
      return `'${String.fromCodePoint(Number(value))}'`;
    default:
      return undefined;
  }
}

function hexOfText(text: string): string {
  const bytes = [...new TextEncoder().encode(text)];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function formatText(
  verb: string,
  value: string,
  { precision }: Layout,
): string | undefined {
  const text = precision === undefined
    ? value
    : [...value].slice(0, precision).join("");
  switch (verb) {
    case "s":
      return text;
    case "q":
      return JSON.stringify(text);
    case "x":
      return hexOfText(text);
    case "X":
      return hexOfText(text).toUpperCase();
    default:
      return undefined;
  }
}

/** With the names of a struct's fields. */
function formatNamed(value: GoValue): string {
  if (!(value instanceof GoStruct) || value.print !== undefined) {
    return format(value);
  }
  const fields = [...value.fields].map(([name, v]) => `${name}:${format(v)}`);
  return `{${fields.join(" ")}}`;
}

/** Undefined when the verb does not fit the value. */
function formatVerb(
  verb: string,
  value: GoValue,
  layout: Layout,
): string | undefined {
  if (verb === "T") {
    return value === null || value === undefined ? "<nil>" : typeName(value);
  }
  if (verb === "v") {
    if (layout.flags.includes("#")) {
      return toJson(value);
    }
    return layout.flags.includes("+") ? formatNamed(value) : format(value);
  }
  switch (typeof value) {
    case "bigint": {
      const text = formatInteger(verb, value);
      return text === undefined || verb === "c" || verb === "q"
        ? text
        : signed(text, layout);
    }
    case "number": {
      const text = formatReal(verb, value, layout);
      return text === undefined ? undefined : signed(text, layout);
    }
    case "boolean":
      return verb === "t" ? String(value) : undefined;
    case "string":
      return formatText(verb, value, layout);
    default:
      return verb === "s" && value ? format(value) : undefined;
  }
}

function mismatch(verb: string, value: GoValue): string {
  return value === null || value === undefined
    ? `%!${verb}(<nil>)`
    : `%!${verb}(${typeName(value)}=${format(value)})`;
}

/** Formats; what does not fit is marked in the text, as Go marks it. */
export function sprintf(template: string, args: readonly GoValue[]): string {
  let next = 0;
  const text = template.replace(
    VERB,
    (_all, flags: string, width: string, precision, verb: string) => {
      if (verb === "%") {
        return "%";
      }
      if (verb === "") {
        return "%!(NOVERB)";
      }
      if (next >= args.length) {
        return `%!${verb}(MISSING)`;
      }
      const value = args[next++];
      const layout = {
        flags,
        width: Number(width),
        precision: precision === undefined ? undefined : Number(precision),
      };
      const formatted = formatVerb(verb, value, layout);
      return formatted === undefined
        ? mismatch(verb, value)
        : pad(formatted, layout);
    },
  );
  if (next >= args.length) {
    return text;
  }
  const extra = args.slice(next).map((value) =>
    value === null || value === undefined
      ? "<nil>"
      : `${typeName(value)}=${format(value)}`
  );
  return `${text}%!(EXTRA ${extra.join(", ")})`;
}
