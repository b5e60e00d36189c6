/**
 * Tokens of a Go template to its syntax tree.
 *
 * @module
 */

import { templateError } from "./error.ts";
import { FUNCTION_NAMES } from "./functions.ts";
import { type Token, tokenize, type TokenType } from "./lexer.ts";
import {
  type Command,
  isBlank,
  type Node,
  type Operand,
  type Pipe,
  type TemplateSet,
} from "./nodes.ts";

/** Actions and parentheses inside each other. */
const DEEPEST = 500;

/** Nodes up to an `{{else}}` or `{{end}}`, which is told apart. */
interface Body {
  readonly nodes: Node[];
  readonly ending: "else" | "end";
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #templates = new Map<string, readonly Node[]>();
  #next = 0;
  #variables = ["$"];
  #ranges = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  parse(): TemplateSet {
    const nodes: Node[] = [];
    while (this.#peek().type !== "end") {
      if (this.#isDefinition()) {
        this.#definition();
        continue;
      }
      const at = this.#peek().at;
      const node = this.#node();
      if (node === "else" || node === "end") {
        throw this.#error(`unexpected {{${node}}}`, at);
      }
      nodes.push(node);
    }
    this.#add("", nodes, 0);
    return this.#templates;
  }

  #error(message: string, at = this.#peek().at): SyntaxError {
    return templateError(this.#text, at, message);
  }

  #unexpected(token: Token, context: string): SyntaxError {
    const words = token.type === "end" ? "EOF" : `"${token.text}"`;
    return this.#error(`unexpected ${words} in ${context}`, token.at);
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  /** The token after the last is the last again. */
  #take(): Token {
    const token = this.#peek();
    this.#next = Math.min(this.#next + 1, this.#tokens.length - 1);
    return token;
  }

  #skipSpace() {
    while (this.#peek().type === "space") {
      this.#take();
    }
  }

  #takeNonSpace(): Token {
    this.#skipSpace();
    return this.#take();
  }

  #expect(type: TokenType, context: string): Token {
    const token = this.#takeNonSpace();
    if (token.type !== type) {
      throw this.#unexpected(token, context);
    }
    return token;
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > DEEPEST) {
      throw this.#error("nested too deeply");
    }
    const result = parse();
    this.#depth--;
    return result;
  }

  /** What is declared inside is unknown outside. */
  #scoped<T>(parse: () => T): T {
    const known = this.#variables.length;
    const result = parse();
    this.#variables.length = known;
    return result;
  }

  #add(name: string, nodes: readonly Node[], at: number) {
    const known = this.#templates.get(name);
    if (known === undefined || isBlank(known)) {
      this.#templates.set(name, nodes);
    } else if (!isBlank(nodes)) {
      throw this.#error(`multiple definition of template "${name}"`, at);
    }
  }

  #isDefinition(): boolean {
    let next = this.#next + 1;
    while (this.#tokens[next]?.type === "space") {
      next++;
    }
    const token = this.#tokens[next];
    return this.#peek().type === "open" && token?.type === "keyword" &&
      token.text === "define";
  }

  #definition() {
    this.#take();
    const { at } = this.#takeNonSpace();
    const name = this.#expect("string", "define clause").text;
    this.#expect("close", "define clause");
    this.#add(name, this.#separate("define clause"), at);
  }

  /** A body that sees none of the variables around it. */
  #separate(context: string): readonly Node[] {
    const around = this.#variables;
    const ranges = this.#ranges;
    this.#variables = ["$"];
    this.#ranges = 0;
    const { nodes, ending } = this.#nested(() => this.#body());
    if (ending !== "end") {
      throw this.#error(`unexpected {{else}} in ${context}`);
    }
    this.#variables = around;
    this.#ranges = ranges;
    return nodes;
  }

  #body(): Body {
    const nodes: Node[] = [];
    while (this.#peek().type !== "end") {
      const node = this.#node();
      if (node === "else" || node === "end") {
        return { nodes, ending: node };
      }
      nodes.push(node);
    }
    throw this.#error("unexpected EOF");
  }

  #node(): Node | "else" | "end" {
    const token = this.#take();
    if (token.type === "text") {
      return { type: "text", text: token.text };
    }
    this.#skipSpace();
    return this.#peek().type === "keyword"
      ? this.#keyword(this.#take())
      : { type: "action", pipe: this.#pipe("command", "close") };
  }

  #keyword({ text, at }: Token): Node | "else" | "end" {
    switch (text) {
      case "if":
      case "with":
      case "range":
        return this.#nested(() => this.#control(text));
      case "else":
        this.#skipSpace();
        if (!this.#isElseBranch()) {
          this.#expect("close", "else");
        }
        return "else";
      case "end":
        this.#expect("close", "end");
        return "end";
      case "template":
        return this.#template(at);
      case "block":
        return this.#block(at);
      case "break":
      case "continue":
        this.#expect("close", `{{${text}}}`);
        if (this.#ranges === 0) {
          throw this.#error(`{{${text}}} outside {{range}}`, at);
        }
        return { type: text, at };
      default:
        throw this.#error(`unexpected {{${text}}}`, at);
    }
  }

  #isElseBranch(): boolean {
    const { type, text } = this.#peek();
    return type === "keyword" && (text === "if" || text === "with");
  }

  #control(type: "if" | "with" | "range"): Node {
    return this.#scoped(() => {
      const pipe = this.#pipe(type, "close");
      this.#ranges += type === "range" ? 1 : 0;
      const { nodes: body, ending } = this.#body();
      this.#ranges -= type === "range" ? 1 : 0;
      const otherwise = ending === "end" ? [] : this.#otherwise(type);
      return { type, pipe, body, otherwise };
    });
  }

  /** What follows `else`; `{{else if}}` shares the `{{end}}`. */
  #otherwise(type: string): Node[] {
    if (this.#isElseBranch()) {
      const { text, at } = this.#take();
      if (text !== type || text === "range") {
        throw this.#error(`unexpected ${text} after else`, at);
      }
      return [this.#nested(() => this.#control(text as "if" | "with"))];
    }
    const { nodes, ending } = this.#body();
    if (ending !== "end") {
      throw this.#error("expected end; found {{else}}");
    }
    return nodes;
  }

  #template(at: number): Node {
    const name = this.#expect("string", "template clause").text;
    this.#skipSpace();
    if (this.#peek().type === "close") {
      this.#take();
      return { type: "template", name, at, pipe: undefined };
    }
    const pipe = this.#pipe("template clause", "close");
    return { type: "template", name, at, pipe };
  }

  #block(at: number): Node {
    const name = this.#expect("string", "block clause").text;
    const pipe = this.#pipe("block clause", "close");
    this.#add(name, this.#separate("block clause"), at);
    return { type: "template", name, at, pipe };
  }

  #pipe(context: string, end: "close" | "closeParen"): Pipe {
    this.#skipSpace();
    const { at } = this.#peek();
    const { variables, assigns } = this.#declarations(context);
    const commands: Command[] = [];
    while (true) {
      this.#skipSpace();
      if (this.#peek().type === end) {
        this.#take();
        break;
      }
      commands.push(this.#command(context));
    }
    if (commands.length === 0) {
      throw this.#error(`missing value for ${context}`, at);
    }
    for (const { args: [first] } of commands.slice(1)) {
      if (["dot", "nil", "literal"].includes(first.type)) {
        throw this.#error("non executable command in pipeline", first.at);
      }
    }
    return { type: "pipe", at, variables, assigns, commands };
  }

  /** `$x :=`, `$x =` and, in a range, `$i, $x :=`. */
  #declarations(context: string): { variables: string[]; assigns: boolean } {
    const variables: string[] = [];
    let start = this.#next;
    let assigns = false;
    while (this.#peek().type === "variable") {
      const { text } = this.#take();
      const { type, at } = this.#takeNonSpace();
      if (type !== "declare" && type !== "assign" && type !== "comma") {
        break;
      }
      variables.push(text);
      if (type === "comma" && (context !== "range" || variables.length > 1)) {
        throw this.#error(`too many declarations in ${context}`, at);
      }
      start = this.#next;
      if (type !== "comma") {
        assigns = type === "assign";
        break;
      }
      this.#skipSpace();
    }
    this.#next = start;
    if (assigns) {
      variables.forEach((name) => this.#checkVariable(name));
    } else {
      this.#variables.push(...variables);
    }
    return { variables, assigns };
  }

  #checkVariable(name: string, at?: number) {
    if (!this.#variables.includes(name)) {
      throw this.#error(`undefined variable "${name}"`, at);
    }
  }

  #command(context: string): Command {
    const { at } = this.#peek();
    const args: Operand[] = [];
    while (true) {
      this.#skipSpace();
      const operand = this.#operand();
      if (operand !== undefined) {
        args.push(operand);
      }
      const token = this.#peek();
      if (token.type === "space") {
        continue;
      }
      if (token.type === "pipe") {
        this.#take();
        this.#checkMore(context);
      } else if (token.type !== "close" && token.type !== "closeParen") {
        throw this.#unexpected(token, operand ? "operand" : context);
      } else if (token.type === "closeParen" && context !== PARENTHESES) {
        throw this.#error("unexpected right paren", token.at);
      } else if (token.type === "close" && context === PARENTHESES) {
        throw this.#error("unclosed left paren", token.at);
      }
      break;
    }
    const [first, ...others] = args;
    if (first === undefined) {
      throw this.#error("empty command", at);
    }
    return { at, args: [first, ...others] };
  }

  /** After a `|` comes another command. */
  #checkMore(context: string) {
    this.#skipSpace();
    const { type, at } = this.#peek();
    if (type === "close" || type === "closeParen") {
      throw this.#error(`missing value for ${context}`, at);
    }
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined) {
      return undefined;
    }
    const path: string[] = [];
    while (this.#peek().type === "field") {
      path.push(this.#take().text);
    }
    if (path.length === 0) {
      return term;
    }
    switch (term.type) {
      case "field":
      case "variable":
        return { ...term, path: [...term.path, ...path] };
      case "dot":
      case "nil":
      case "literal":
        throw this.#error("unexpected . after term", term.at);
      default:
        return { type: "chain", at: term.at, of: term, path };
    }
  }

  #term(): Operand | undefined {
    const token = this.#peek();
    const { type, text, at } = token;
    switch (type) {
      case "identifier":
        if (!FUNCTION_NAMES.has(text)) {
          throw this.#error(`function "${text}" not defined`, at);
        }
        this.#take();
        return { type: "function", at, name: text };
      case "variable":
        this.#checkVariable(text, at);
        this.#take();
        return { type: "variable", at, name: text, path: [] };
      case "field":
        this.#take();
        return { type: "field", at, path: [text] };
      case "dot":
        this.#take();
        return { type: "dot", at };
      case "openParen":
        this.#take();
        return this.#nested(() => this.#pipe(PARENTHESES, "closeParen"));
      default:
        return this.#literal(token);
    }
  }

  #literal({ type, text, at }: Token): Operand | undefined {
    switch (type) {
      case "constant":
        this.#take();
        return text === "nil"
          ? { type: "nil", at }
          : { type: "literal", at, value: text === "true" };
      case "string":
        this.#take();
        return { type: "literal", at, value: text };
      case "char":
        this.#take();
        return { type: "literal", at, value: BigInt(text.codePointAt(0) ?? 0) };
      case "number":
        this.#take();
        return { type: "literal", at, value: this.#number(text, at) };
      default:
        return undefined;
    }
  }

  /** Whole numbers are Go's `int`, others `float64`. */
  #number(written: string, at: number): bigint | number {
    const digits = written.replaceAll("_", "");
    if (/^[+-]?(?:0[xXoObB]|\d+$)/.test(digits)) {
      const sign = digits.startsWith("-") ? -1n : 1n;
      const plain = digits.replace(/^[+-]/, "");
      const octal = plain.replace(/^0(?=[0-7]+$)/, "0o");
      if (/^0\d+$/.test(octal)) {
        throw this.#error(`illegal number syntax: "${written}"`, at);
      }
      return sign * BigInt(octal);
    }
    return Number(digits);
  }
}

const PARENTHESES = "parenthesized pipeline";

/** The templates of a text. Throws `SyntaxError` with line and column. */
export function parse(text: string): TemplateSet {
  return new Parser(text).parse();
}
