/**
 * Modelfiles: the text a model is made from.
 *
 * @module
 */

import {
  isFormerOption,
  isOptionName,
  OPTION_TYPES,
  type OptionName,
} from "./parameters.ts";

/** One instruction, its text unquoted. */
interface Instruction {
  readonly name: string;
  /** Of `parameter` and `message`: the word before the text. */
  readonly subject: string;
  readonly text: string;
  readonly line: number;
}

/** A Modelfile's content. Paths and names in it are as written. */
export interface Modelfile {
  readonly from: readonly string[];
  readonly adapters: readonly string[];
  readonly template?: string;
  readonly system?: string;
  readonly license: readonly string[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly messages: readonly {
    readonly role: string;
    readonly content: string;
  }[];
  /** Names of Ollama's own renderer and parser for the model. */
  readonly renderer?: string;
  readonly parser?: string;
  /** Oldest version of Ollama that runs it. */
  readonly requires?: string;
}

const NAMES = [
  "adapter",
  "from",
  "license",
  "message",
  "parameter",
  "parser",
  "renderer",
  "requires",
  "system",
  "template",
];

/** A word, and what comes after it. */
const FIRST_WORD = /^(\S+)\s*(.*)$/s;

/** Instructions with a word before their text. */
const WITH_SUBJECT = ["message", "parameter"];

const ROLES = ["assistant", "system", "user"];

/** A fault of a Modelfile, with its line. */
function fault(line: number, message: string): SyntaxError {
  return new SyntaxError(`(line ${line}): ${message}`);
}

/** Reads instructions one after the other. */
class InstructionReader {
  readonly #lines: readonly string[];
  #next = 0;

  constructor(text: string) {
    this.#lines = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n")
      .split("\n");
  }

  read(): Instruction | undefined {
    while (this.#next < this.#lines.length) {
      const line = this.#lines[this.#next++]?.trimStart() ?? "";
      if (line !== "" && !line.startsWith("#")) {
        return this.#instruction(line);
      }
    }
    return undefined;
  }

  #instruction(line: string): Instruction {
    const number = this.#next;
    const [, word = "", rest = ""] = FIRST_WORD.exec(line) ?? [];
    const name = word.toLowerCase();
    if (!NAMES.includes(name)) {
      throw fault(
        number,
        'command must be one of "from", "license", "template", "system", ' +
          '"adapter", "renderer", "parser", "parameter", "message", or ' +
          '"requires"',
      );
    }
    const [, subject = "", text = rest] = WITH_SUBJECT.includes(name)
      ? FIRST_WORD.exec(rest) ?? []
      : [];
    return { name, subject, text: this.#unquote(text, number), line: number };
  }

  /** Text in quotes, one or three, runs on until a line ends with them. */
  #unquote(text: string, line: number): string {
    const quote = /^"""|^"/.exec(text)?.[0];
    if (quote === undefined) {
      return text.trimEnd();
    }
    let body = text;
    while (!isQuoted(body.trimEnd(), quote)) {
      const more = this.#lines[this.#next++];
      if (more === undefined) {
        throw fault(line, `unexpected end of file, ${quote} is not closed`);
      }
      body += `\n${more}`;
    }
    return body.trimEnd().slice(quote.length, -quote.length);
  }
}

function isQuoted(text: string, quote: string): boolean {
  return text.length >= 2 * quote.length && text.endsWith(quote);
}

function parameterValue(name: OptionName, text: string, line: number): unknown {
  const type = OPTION_TYPES[name];
  if (type === "array") {
    return text;
  }
  if (type === "boolean") {
    if (/^(1|t|true)$/i.test(text) || /^(0|f|false)$/i.test(text)) {
      return /^(1|t|true)$/i.test(text);
    }
    throw fault(line, `invalid bool value [${text}] for ${name}`);
  }
  const number = Number(text);
  if (
    text.trim() === "" || Number.isNaN(number) ||
    (type === "integer" && !Number.isInteger(number))
  ) {
    const word = type === "integer" ? "int" : "float";
    throw fault(line, `invalid ${word} value [${text}] for ${name}`);
  }
  return number;
}

function addParameter(
  parameters: Record<string, unknown>,
  { subject: name, text, line }: Instruction,
): void {
  if (isFormerOption(name)) {
    return;
  }
  if (!isOptionName(name)) {
    throw fault(line, `unknown parameter '${name}'`);
  }
  const typed = parameterValue(name, text, line);
  const earlier = parameters[name];
  parameters[name] = OPTION_TYPES[name] === "array"
    ? [...(Array.isArray(earlier) ? earlier : []), typed]
    : typed;
}

function message({ subject: role, text: content, line }: Instruction) {
  if (!ROLES.includes(role)) {
    throw fault(
      line,
      'message role must be one of "system", "user", or "assistant"',
    );
  }
  return { role, content };
}

/** Reads a Modelfile. Throws a `SyntaxError` that names the line. */
export function parseModelfile(text: string): Modelfile {
  const reader = new InstructionReader(text);
  const all: Instruction[] = [];
  for (let each = reader.read(); each; each = reader.read()) {
    all.push(each);
  }
  const texts = (name: string) =>
    all.filter((each) => each.name === name).map((each) => each.text);
  if (texts("from").length === 0) {
    throw new SyntaxError("no FROM line");
  }
  const parameters: Record<string, unknown> = {};
  for (const each of all.filter(({ name }) => name === "parameter")) {
    addParameter(parameters, each);
  }
  const last = (name: string) => {
    const text = texts(name).at(-1);
    return text === undefined ? {} : { [name]: text };
  };
  return {
    from: texts("from"),
    adapters: texts("adapter"),
    ...last("template"),
    ...last("system"),
    ...last("renderer"),
    ...last("parser"),
    ...last("requires"),
    license: texts("license"),
    parameters,
    messages: all.filter(({ name }) => name === "message").map(message),
  };
}
