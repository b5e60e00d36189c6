/**
 * Tokens of a Go template to its syntax tree.
 *
 * @module
 */

import { FUNCTION_NAMES } from "./functions.ts";
import type { Token } from "./lexer.ts";
import { literalOf } from "./literals.ts";
import {
  type Command,
  isBlank,
  type Node,
  type Operand,
  type Pipe,
  type TemplateSet,
} from "./nodes.ts";
import { TokenReader } from "./token_reader.ts";

/** Actions and parentheses inside each other. */
const DEEPEST = 500;

/** Nodes up to an `{{else}}` or `{{end}}`, which is told apart. */
interface Body {
  readonly nodes: Node[];
  readonly ending: "else" | "end";
}

class Parser {
  readonly #tokens: TokenReader;
  readonly #templates = new Map<string, readonly Node[]>();
  #variables = ["$"];
  #ranges = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = new TokenReader(text);
  }

  parse(): TemplateSet {
    const nodes: Node[] = [];
    while (this.#tokens.peek().type !== "end") {
      if (this.#isDefinition()) {
        this.#definition();
        continue;
      }
      const at = this.#tokens.peek().at;
      const node = this.#node();
      if (node === "else" || node === "end") {
        throw this.#tokens.error(`unexpected {{${node}}}`, at);
      }
      nodes.push(node);
    }
    this.#add("", nodes, 0);
    return this.#templates;
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > DEEPEST) {
      throw this.#tokens.error("nested too deeply");
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
      throw this.#tokens.error(`multiple definition of template "${name}"`, at);
    }
  }

  #isDefinition(): boolean {
    const { type, text } = this.#tokens.peekSecond();
    return this.#tokens.peek().type === "open" && type === "keyword" &&
      text === "define";
  }

  #definition() {
    this.#tokens.take();
    const { at } = this.#tokens.takeNonSpace();
    const name = this.#tokens.expect("string", "define clause").text;
    this.#tokens.expect("close", "define clause");
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
      throw this.#tokens.error(`unexpected {{else}} in ${context}`);
    }
    this.#variables = around;
    this.#ranges = ranges;
    return nodes;
  }

  #body(): Body {
    const nodes: Node[] = [];
    while (this.#tokens.peek().type !== "end") {
      const node = this.#node();
      if (node === "else" || node === "end") {
        return { nodes, ending: node };
      }
      nodes.push(node);
    }
    throw this.#tokens.error("unexpected EOF");
  }

  #node(): Node | "else" | "end" {
    const token = this.#tokens.take();
    if (token.type === "text") {
      return { type: "text", text: token.text };
    }
    this.#tokens.skipSpace();
    return this.#tokens.peek().type === "keyword"
      ? this.#keyword(this.#tokens.take())
      : { type: "action", pipe: this.#pipe("command", "close") };
  }

  #keyword({ text, at }: Token): Node | "else" | "end" {
    switch (text) {
      case "if":
      case "with":
      case "range":
        return this.#nested(() => this.#control(text));
      case "else":
        this.#tokens.skipSpace();
        if (!this.#isElseBranch()) {
          this.#tokens.expect("close", "else");
        }
        return "else";
      case "end":
        this.#tokens.expect("close", "end");
        return "end";
      case "template":
        return this.#template(at);
      case "block":
        return this.#block(at);
      case "break":
      case "continue":
        this.#tokens.expect("close", `{{${text}}}`);
        if (this.#ranges === 0) {
          throw this.#tokens.error(`{{${text}}} outside {{range}}`, at);
        }
        return { type: text, at };
      default:
        throw this.#tokens.error(`unexpected {{${text}}}`, at);
    }
  }

  #isElseBranch(): boolean {
    const { type, text } = this.#tokens.peek();
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
      const { text, at } = this.#tokens.take();
      if (text !== type || text === "range") {
        throw this.#tokens.error(`unexpected ${text} after else`, at);
      }
      return [this.#nested(() => this.#control(text as "if" | "with"))];
    }
    const { nodes, ending } = this.#body();
    if (ending !== "end") {
      throw this.#tokens.error("expected end; found {{else}}");
    }
    return nodes;
  }

  #template(at: number): Node {
    const name = this.#tokens.expect("string", "template clause").text;
    this.#tokens.skipSpace();
    if (this.#tokens.peek().type === "close") {
      this.#tokens.take();
      return { type: "template", name, at, pipe: undefined };
    }
    const pipe = this.#pipe("template clause", "close");
    return { type: "template", name, at, pipe };
  }

  #block(at: number): Node {
    const name = this.#tokens.expect("string", "block clause").text;
    const pipe = this.#pipe("block clause", "close");
    this.#add(name, this.#separate("block clause"), at);
    return { type: "template", name, at, pipe };
  }

  #pipe(context: string, end: "close" | "closeParen"): Pipe {
    this.#tokens.skipSpace();
    const { at } = this.#tokens.peek();
    const { variables, assigns } = this.#declarations(context);
    const commands: Command[] = [];
    while (true) {
      this.#tokens.skipSpace();
      if (this.#tokens.peek().type === end) {
        this.#tokens.take();
        break;
      }
      commands.push(this.#command(context));
    }
    if (commands.length === 0) {
      throw this.#tokens.error(`missing value for ${context}`, at);
    }
    for (const { args: [first] } of commands.slice(1)) {
      if (["dot", "nil", "literal"].includes(first.type)) {
        throw this.#tokens.error(
          "non executable command in pipeline",
          first.at,
        );
      }
    }
    return { type: "pipe", at, variables, assigns, commands };
  }

  /** `$x :=`, `$x =` and, in a range, `$i, $x :=`. */
  #declarations(context: string): { variables: string[]; assigns: boolean } {
    const variables: string[] = [];
    let start = this.#tokens.position;
    let assigns = false;
    while (this.#tokens.peek().type === "variable") {
      const { text } = this.#tokens.take();
      const { type, at } = this.#tokens.takeNonSpace();
      if (type !== "declare" && type !== "assign" && type !== "comma") {
        break;
      }
      variables.push(text);
      if (type === "comma" && (context !== "range" || variables.length > 1)) {
        throw this.#tokens.error(`too many declarations in ${context}`, at);
      }
      start = this.#tokens.position;
      if (type !== "comma") {
        assigns = type === "assign";
        break;
      }
      this.#tokens.skipSpace();
    }
    this.#tokens.rewind(start);
    if (assigns) {
      variables.forEach((name) => this.#checkVariable(name));
    } else {
      this.#variables.push(...variables);
    }
    return { variables, assigns };
  }

  #checkVariable(name: string, at?: number) {
    if (!this.#variables.includes(name)) {
      throw this.#tokens.error(`undefined variable "${name}"`, at);
    }
  }

  #command(context: string): Command {
    const { at } = this.#tokens.peek();
    const args: Operand[] = [];
    while (true) {
      this.#tokens.skipSpace();
      const operand = this.#operand();
      if (operand !== undefined) {
        args.push(operand);
      }
      const token = this.#tokens.peek();
      if (token.type === "space") {
        continue;
      }
      if (token.type === "pipe") {
        this.#tokens.take();
        this.#checkMore(context);
      } else if (token.type !== "close" && token.type !== "closeParen") {
        throw this.#tokens.unexpected(token, operand ? "operand" : context);
      } else if (token.type === "closeParen" && context !== PARENTHESES) {
        throw this.#tokens.error("unexpected right paren", token.at);
      } else if (token.type === "close" && context === PARENTHESES) {
        throw this.#tokens.error("unclosed left paren", token.at);
      }
      break;
    }
    const [first, ...others] = args;
    if (first === undefined) {
      throw this.#tokens.error("empty command", at);
    }
    return { at, args: [first, ...others] };
  }

  /** After a `|` comes another command. */
  #checkMore(context: string) {
    this.#tokens.skipSpace();
    const { type, at } = this.#tokens.peek();
    if (type === "close" || type === "closeParen") {
      throw this.#tokens.error(`missing value for ${context}`, at);
    }
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined) {
      return undefined;
    }
    const path: string[] = [];
    while (this.#tokens.peek().type === "field") {
      path.push(this.#tokens.take().text);
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
        throw this.#tokens.error("unexpected . after term", term.at);
      default:
        return { type: "chain", at: term.at, of: term, path };
    }
  }

  #term(): Operand | undefined {
    const token = this.#tokens.peek();
    const { type, text, at } = token;
    switch (type) {
      case "identifier":
        if (!FUNCTION_NAMES.has(text)) {
          throw this.#tokens.error(`function "${text}" not defined`, at);
        }
        this.#tokens.take();
        return { type: "function", at, name: text };
      case "variable":
        this.#checkVariable(text, at);
        this.#tokens.take();
        return { type: "variable", at, name: text, path: [] };
      case "field":
        this.#tokens.take();
        return { type: "field", at, path: [text] };
      case "dot":
        this.#tokens.take();
        return { type: "dot", at };
      case "openParen":
        this.#tokens.take();
        return this.#nested(() => this.#pipe(PARENTHESES, "closeParen"));
      default: {
        const literal = literalOf(token);
        if (literal !== undefined) {
          this.#tokens.take();
        }
        return literal;
      }
    }
  }
}

const PARENTHESES = "parenthesized pipeline";

/** The templates of a text. Throws `SyntaxError` with line and column. */
export function parse(text: string): TemplateSet {
  return new Parser(text).parse();
}
