/**
 * Patterns and formats of strings, such that what keeps to them stands in JSON
 * as it is. XGrammar takes a pattern for a part of the JSON text: its `.` would
 * let a quote pass. So everything is rewritten to printable ASCII without
 * quotes and backslashes, and to what a pattern names itself.
 *
 * @module
 */

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

const LETTERS = "A-Za-z";
const MARKS = " !#-/:-@\\[\\]\\^`{-~";

/** What stands for a class, inside of brackets. */
const CLASSES: Readonly<Record<string, string>> = {
  d: "0-9",
  D: `${MARKS}_${LETTERS}`,
  w: `0-9_${LETTERS}`,
  W: MARKS,
  s: " ",
  S: `!#-\\[\\]-~`,
};

/** Every printable ASCII character that JSON writes as it is. */
const PLAIN = Array.from(
  { length: 95 },
  (_, index) => String.fromCharCode(32 + index),
).filter((each) => each !== '"' && each !== "\\");

function bracketed(characters: readonly string[]): string {
  const escaped = characters.map((each) =>
    /[\]\\^[-]/.test(each) ? `\\${each}` : each
  );
  return `[${escaped.join("")}]`;
}

/**
 * The pattern without what would let through what JSON has to escape.
 * Undefined when it cannot be rewritten.
 */
export function plainPattern(pattern: string): string | undefined {
  let plain = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === ".") {
      plain += "[ !#-\\[\\]-~]";
    } else if (character === "\\") {
      const name = pattern.charAt(++at);
      const known = CLASSES[name];
      plain += known === undefined ? `\\${name}` : `[${known}]`;
    } else if (character === "[") {
      const end = endOfBrackets(pattern, at);
      const rewritten = plainBrackets(pattern.slice(at, end));
      if (rewritten === undefined) {
        return undefined;
      }
      plain += rewritten;
      at = end - 1;
    } else {
      plain += character;
    }
  }
  return plain;
}

/** Behind the bracket that closes the one at `start`. */
function endOfBrackets(pattern: string, start: number): number {
  let at = start + 1;
  while (at < pattern.length && pattern.charAt(at) !== "]") {
    at += pattern.charAt(at) === "\\" ? 2 : 1;
  }
  return at + 1;
}

/** Brackets that mean the same among plain characters. */
function plainBrackets(text: string): string | undefined {
  const single = text.match(/^\[([^\]\\^-]+)\]$/u)?.[1];
  // XGrammar takes such characters for their bytes.
  // deno-lint-ignore no-control-regex
  if (/[^\x00-\x7f]/.test(text)) {
    return single === undefined ? undefined : `(${[...single].join("|")})`;
  }
  try {
    const meant = new RegExp(text, "u");
    const characters = PLAIN.filter((each) => meant.test(each));
    return characters.length === 0 ? undefined : bracketed(characters);
  } catch {
    return undefined;
  }
}
