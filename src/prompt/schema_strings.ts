/**
 * Patterns and formats of strings, such that what keeps to them stands in JSON
 * as it is. XGrammar takes a pattern for a part of the JSON text: its `.` would
 * let a quote pass. So everything is rewritten to what JSON writes as it is.
 * XGrammar knows single characters beyond ASCII, or all of them, no ranges.
 *
 * @module
 */

import { MOST_TOLD } from "./ebnf_class.ts";

/** Formats for which XGrammar's own rules let wrong texts pass. */
export const FORMAT_PATTERNS: Readonly<Record<string, string>> = (() => {
  const date = "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|" +
    "(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";
  const time = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?" +
    "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
  const byte = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
  // Of so many words of such a length, since small models would never end.
  const mailbox = "[A-Za-z0-9]{1,16}([._+-][A-Za-z0-9]{1,16}){0,3}";
  const domain = "[a-z0-9]{1,16}([.-][a-z0-9]{1,16}){0,3}";
  return {
    date: `^${date}$`,
    time: `^${time}$`,
    "date-time": `^${date}T${time}$`,
    ipv4: `^${byte}(\\.${byte}){3}$`,
    email: `^${mailbox}@${domain}\\.[a-z]{2,8}$`,
  };
})();

/** What JSON has to escape, inside of brackets. */
const ESCAPED = '"\\\\\\u0000-\\u001f';

/** What stands for a class, inside of brackets. */
const CLASSES: Readonly<Record<string, string>> = {
  d: "0-9",
  D: `^0-9${ESCAPED}`,
  w: "0-9_A-Za-z",
  W: `^0-9_A-Za-z${ESCAPED}`,
  s: " ",
  // There are blanks beyond ASCII.
  S: "!#-\\[\\]-~",
};

/** Every printable ASCII character that JSON writes as it is. */
const PLAIN = Array.from(
  { length: 95 },
  (_, index) => String.fromCharCode(32 + index),
).filter((each) => each !== '"' && each !== "\\");

/** Every character beyond ASCII that 16 bits can tell. */
function charactersBeyondAscii(): string[] {
  return Array.from(
    { length: 0x10000 - 0x80 },
    (_, index) => String.fromCharCode(0x80 + index),
  ).filter((each) => each.isWellFormed());
}

function escaped(characters: readonly string[]): string {
  return characters.map((each) => /[\]\\^[-]/.test(each) ? `\\${each}` : each)
    .join("");
}

/** A pattern's parts: what opens a group, escapes, classes, characters. */
const TOKEN =
  /\((?:\?(?::|<\w+>))?|\\(?:x[\da-f]{2}|u[\da-f]{4}|.)|\[(?:\\.|[^\]\\])*\]|./gisu;

/** Characters by the letters that stand for them behind a backslash. */
const CONTROLS: Readonly<Record<string, string>> = {
  0: "\0",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * The pattern without what would let through what JSON has to escape.
 * Undefined when it cannot be rewritten.
 */
export function plainPattern(pattern: string): string | undefined {
  let plain = "";
  let isEmpty = true;
  for (const [token] of pattern.matchAll(TOKEN)) {
    const written = plainToken(token);
    if (written === undefined) {
      return undefined;
    }
    // XGrammar knows no alternative of nothing at all.
    plain += isEmpty && (token === "|" || token === ")") ? "()" : "";
    plain += written;
    isEmpty = token === "|" || token.startsWith("(") ||
      (isEmpty && (token === "^" || token === "$"));
  }
  return isEmpty && plain.includes("|") ? `${plain}()` : plain;
}

function plainToken(token: string): string | undefined {
  if (token === ".") {
    return `[^${ESCAPED}]`;
  }
  if (token.startsWith("[")) {
    return plainBrackets(token);
  }
  if (token.length === 1 || token.startsWith("(")) {
    return asInJson(token) ?? token;
  }
  const [, name = "", code = ""] = /^\\(.)(.*)$/su.exec(token) ?? [];
  const known = CLASSES[name];
  return known !== undefined ? `[${known}]` : asInJson(
    code === ""
      ? CONTROLS[name] ?? name
      : String.fromCharCode(parseInt(code, 16)),
  ) ?? token;
}

/** What stands for a character in JSON; undefined: it does itself. */
function asInJson(character: string): string | undefined {
  const json = JSON.stringify(character).slice(1, -1);
  return json === character ? undefined : `(${json.replaceAll("\\", "\\\\")})`;
}

/** Brackets that mean the same; undefined when there are none. */
function plainBrackets(text: string): string | undefined {
  let meant: RegExp;
  try {
    meant = new RegExp(text, "u");
  } catch {
    return undefined;
  }
  const namesOthers = /[^\x20-\x7e]|\\[cpPux]/.test(text);
  // A letter, and a blank, which `\S` does not mean.
  if (!namesOthers && meant.test("é") && meant.test("\u00a0")) {
    const forbidden = PLAIN.filter((each) => !meant.test(each));
    return `[^${escaped(forbidden)}${ESCAPED}]`;
  }
  if (namesOthers && text.startsWith("[^")) {
    return undefined;
  }
  const plain = PLAIN.filter((each) => meant.test(each));
  const others = namesOthers
    ? [...text.match(/[^\0-\uffff]/gu) ?? [], ...charactersBeyondAscii()]
      .filter((each) => meant.test(each))
    : [];
  return others.length > MOST_TOLD
    ? undefined
    : choiceOf(plain.length > 0 ? [`[${escaped(plain)}]`, ...others] : others);
}

function choiceOf(parts: readonly string[]): string | undefined {
  return parts.length > 1 ? `(${parts.join("|")})` : parts[0];
}
