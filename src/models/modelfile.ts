/**
 * Modelfiles: the text a model is made from.
 *
 * @module
 */

import {
  isOptionName,
  OPTION_TYPES,
  type OptionName,
} from "../model_options.ts";
import { isFormerOption } from "./parameters.ts";

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
  /** Names of parameters that there are no more; they are left out. */
  readonly formerParameters: readonly string[];
  readonly messages: readonly {
    readonly role: string;
    readonly content: string;
  }[];
  /** Names of Ollama's own renderer and parser for the model. */
  readonly renderer?: string;
  readonly parser?: string;
  /** Oldest version of Ollama that runs it, such as `0.14.0`. */
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

/** Instructions that say nothing without a text. */
const WITH_TEXT = ["adapter", "from", "parser", "renderer", "requires"];

/** Instructions with a word before their text. */
const WITH_SUBJECT = ["message", "parameter"];

/** A semantic version; as in Go, the last numbers may be left out. */
const VERSION = /^v?((0|[1-9]\d*)(\.(0|[1-9]\d*)){0,2}([-+][\w.+-]+)?)$/;

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
    if (name === "draft") {
      throw fault(number, "DRAFT is not supported: there are no draft models");
    }
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
    const unquoted = this.#unquote(text, number);
    if (unquoted === "" && WITH_TEXT.includes(name)) {
      throw fault(number, `${word} says nothing`);
    }
    return { name, subject, text: unquoted, line: number };
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

const INTEGER = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

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
  const [pattern, word] = type === "integer"
    ? [INTEGER, "int"] as const
    : [FLOAT, "float"] as const;
  const number = Number(text);
  if (!pattern.test(text) || !Number.isFinite(number)) {
    throw fault(line, `invalid ${word} value [${text}] for ${name}`);
  }
  return number;
}

function addParameter(
  parameters: Record<string, unknown>,
  { subject: name, text, line }: Instruction,
): void {
  if (!isOptionName(name)) {
    throw fault(line, `unknown parameter '${name}'`);
  }
  const typed = parameterValue(name, text, line);
  const earlier = parameters[name];
  parameters[name] = OPTION_TYPES[name] === "array"
    ? [...(Array.isArray(earlier) ? earlier : []), typed]
    : typed;
}

function version({ text, line }: Instruction): string {
  const version = VERSION.exec(text)?.[1];
  if (version === undefined) {
    throw fault(line, "requires must be a valid semver (e.g. 0.14.0)");
  }
  return version;
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

function readAll(text: string): Instruction[] {
  const reader = new InstructionReader(text);
  const all: Instruction[] = [];
  for (let each = reader.read(); each; each = reader.read()) {
    all.push(each);
  }
  return all;
}

/** Reads a Modelfile. Throws a `SyntaxError` that names the line. */
export function parseModelfile(text: string): Modelfile {
  const all = readAll(text);
  const named = (name: string) => all.filter((each) => each.name === name);
  const texts = (name: string) => named(name).map((each) => each.text);
  if (texts("from").length === 0) {
    throw new SyntaxError("no FROM line");
  }
  const isFormer = ({ subject }: Instruction) => isFormerOption(subject);
  const parameters: Record<string, unknown> = {};
  for (const each of named("parameter").filter((each) => !isFormer(each))) {
    addParameter(parameters, each);
  }
  const last = (name: string) => {
    const text = texts(name).at(-1);
    return text === undefined ? {} : { [name]: text };
  };
  const requires = named("requires").map(version).at(-1);
  return {
    from: texts("from"),
    adapters: texts("adapter"),
    ...last("template"),
    ...last("system"),
    ...last("renderer"),
    ...last("parser"),
    ...(requires === undefined ? {} : { requires }),
    license: texts("license"),
    parameters,
    formerParameters: named("parameter").filter(isFormer)
      .map(({ subject }) => subject),
    messages: named("message").map(message),
  };
}
