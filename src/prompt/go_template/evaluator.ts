/**
 * Executes the syntax tree of a Go template.
 *
 * @module
 */

import { TemplateFailure } from "./error.ts";
import { FUNCTIONS, type GoFunction } from "./functions.ts";
import type {
  Command,
  Node,
  Operand,
  Pipe,
  RangeNode,
  TemplateSet,
} from "./nodes.ts";
import {
  format,
  GoMap,
  GoSlice,
  GoStruct,
  type GoValue,
  isTrue,
  typeName,
} from "./values.ts";

/** Templates that call templates. */
const DEEPEST_CALL = 100;

/** Iterations of all loops together: a template must not stop the server. */
const MOST_ITERATIONS = 1_000_000;

/** A range is left, or goes on with the next item. */
type Jump = "break" | "continue" | undefined;

/** No value came through the pipe; nil is a value. */
const MISSING = Symbol("missing");

interface Variable {
  readonly name: string;
  value: GoValue;
}

/** One execution of a template with its data. */
export class Evaluator {
  readonly #text: string;
  readonly #templates: TemplateSet;
  #output = "";
  #variables: Variable[] = [];
  #calls = 0;
  #iterations = 0;

  constructor(text: string, templates: TemplateSet) {
    this.#text = text;
    this.#templates = templates;
  }

  /** What the nodes print. Throws {@linkcode TemplateFailure}. */
  run(nodes: readonly Node[], data: GoValue): string {
    this.#variables = [{ name: "$", value: data }];
    this.#walkAll(nodes, data);
    return this.#output;
  }

  #fail(at: number, message: string): never {
    throw new TemplateFailure(this.#text, at, message);
  }

  #walkAll(nodes: readonly Node[], dot: GoValue): Jump {
    for (const node of nodes) {
      const jump = this.#walk(node, dot);
      if (jump !== undefined) {
        return jump;
      }
    }
  }

  #walk(node: Node, dot: GoValue): Jump {
    switch (node.type) {
      case "text":
        this.#output += node.text;
        return;
      case "action": {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.variables.length === 0) {
          this.#output += value === undefined ? "<no value>" : format(value);
        }
        return;
      }
      case "if":
      case "with": {
        const mark = this.#variables.length;
        const value = this.#pipe(node.pipe, dot);
        const inner = node.type === "with" ? value : dot;
        const jump = isTrue(value)
          ? this.#walkAll(node.body, inner)
          : this.#walkAll(node.otherwise, dot);
        this.#variables.length = mark;
        return jump;
      }
      case "range":
        return this.#range(node, dot);
      case "template":
        this.#call(node.name, node.at, this.#pipeOrNothing(node.pipe, dot));
        return;
      case "break":
      case "continue":
        return node.type;
      default:
        node satisfies never;
    }
  }

  #pipeOrNothing(pipe: Pipe | undefined, dot: GoValue): GoValue {
    return pipe === undefined ? undefined : this.#pipe(pipe, dot);
  }

  #call(name: string, at: number, dot: GoValue) {
    const nodes = this.#templates.get(name);
    if (nodes === undefined) {
      this.#fail(at, `template "${name}" not defined`);
    }
    if (++this.#calls > DEEPEST_CALL) {
      this.#fail(at, `exceeded maximum template depth (${DEEPEST_CALL})`);
    }
    const around = this.#variables;
    this.#variables = [{ name: "$", value: dot }];
    this.#walkAll(nodes, dot);
    this.#variables = around;
    this.#calls--;
  }

  /** Index and item of each iteration. */
  #items(value: GoValue, { pipe }: RangeNode): Iterable<[GoValue, GoValue]> {
    if (value instanceof GoSlice) {
      return value.items.map((item, i) => [BigInt(i), item]);
    }
    if (value instanceof GoMap) {
      return value.sorted();
    }
    if (value === undefined || value === null) {
      return [];
    }
    if (typeof value !== "bigint") {
      this.#fail(pipe.at, `range can't iterate over ${format(value)}`);
    }
    if (pipe.variables.length > 1) {
      this.#fail(
        pipe.at,
        `can't use ${value} to iterate over more than one variable`,
      );
    }
    return countTo(value);
  }

  #range(node: RangeNode, dot: GoValue): Jump {
    const outer = this.#variables.length;
    const value = this.#pipe(node.pipe, dot);
    const mark = this.#variables.length;
    let jump: Jump;
    let isEmpty = true;
    for (const [index, item] of this.#items(value, node)) {
      isEmpty = false;
      if (++this.#iterations > MOST_ITERATIONS) {
        this.#fail(node.pipe.at, "too many iterations");
      }
      this.#setLoopVariables(node.pipe, mark, index, item);
      jump = this.#walkAll(node.body, item);
      this.#variables.length = mark;
      if (jump === "break") {
        break;
      }
    }
    jump = isEmpty ? this.#walkAll(node.otherwise, dot) : undefined;
    this.#variables.length = outer;
    return jump;
  }

  /** With one variable it is the item, with two the index comes first. */
  #setLoopVariables(
    { variables, assigns, at }: Pipe,
    mark: number,
    index: GoValue,
    item: GoValue,
  ) {
    const values = variables.length > 1 ? [index, item] : [item];
    for (const [i, name] of variables.entries()) {
      const declared = this.#variables[mark - variables.length + i];
      if (!assigns && declared !== undefined) {
        declared.value = values[i];
      } else {
        this.#assign(name, values[i], at);
      }
    }
  }

  #find(name: string, at: number): Variable {
    return this.#variables.findLast((variable) => variable.name === name) ??
      this.#fail(at, `undefined variable: ${name}`);
  }

  #assign(name: string, value: GoValue, at: number) {
    this.#find(name, at).value = value;
  }

  #pipe(pipe: Pipe, dot: GoValue): GoValue {
    let value: GoValue | typeof MISSING = MISSING;
    for (const command of pipe.commands) {
      // A nil interface that leaves a command is no value any more.
      value = this.#command(command, dot, value) ?? undefined;
    }
    const result = value === MISSING ? undefined : value;
    for (const name of pipe.variables) {
      if (pipe.assigns) {
        this.#assign(name, result, pipe.at);
      } else {
        this.#variables.push({ name, value: result });
      }
    }
    return result;
  }

  #command(
    { args: [first, ...args], at }: Command,
    dot: GoValue,
    piped: GoValue | typeof MISSING,
  ): GoValue {
    if (first.type === "function") {
      return this.#function(first.name, first.at, args, dot, piped);
    }
    if (args.length > 0 || piped !== MISSING) {
      this.#fail(at, "can't give argument to non-function");
    }
    if (first.type === "nil") {
      this.#fail(at, "nil is not a command");
    }
    return this.#operand(first, dot);
  }

  #operand(operand: Operand, dot: GoValue): GoValue {
    switch (operand.type) {
      case "dot":
        return dot;
      case "nil":
        return null;
      case "literal":
        return operand.value;
      case "field":
        return this.#path(dot, operand.path, operand.at);
      case "variable": {
        const { value } = this.#find(operand.name, operand.at);
        return this.#path(value, operand.path, operand.at);
      }
      case "function":
        return this.#function(operand.name, operand.at, [], dot, MISSING);
      case "chain": {
        const start = this.#operand(operand.of, dot);
        return this.#path(start, operand.path, operand.at);
      }
      case "pipe":
        return this.#pipe(operand, dot);
      default:
        return operand satisfies never;
    }
  }

  #path(start: GoValue, path: readonly string[], at: number): GoValue {
    return path.reduce((value, name) => this.#field(value, name, at), start);
  }

  #field(value: GoValue, name: string, at: number): GoValue {
    if (value === undefined) {
      return undefined;
    }
    if (value instanceof GoMap) {
      return value.entries.get(name) ?? null;
    }
    if (value instanceof GoStruct && value.fields.has(name)) {
      return value.fields.get(name);
    }
    return this.#fail(
      at,
      value === null
        ? `nil pointer evaluating interface {}.${name}`
        : `can't evaluate field ${name} in type ${typeName(value)}`,
    );
  }

  #function(
    name: string,
    at: number,
    args: readonly Operand[],
    dot: GoValue,
    piped: GoValue | typeof MISSING,
  ): GoValue {
    const last = piped === MISSING ? [] : [piped];
    const count = args.length + last.length;
    const { least, most = Infinity } = FUNCTIONS[name] ?? LOGIC;
    if (count < least || count > most) {
      const want = least === most ? least : `at least ${least}`;
      this.#fail(
        at,
        `wrong number of args for ${name}: want ${want} got ${count}`,
      );
    }
    const known = FUNCTIONS[name];
    if (known === undefined) {
      return this.#logic(name === "or", args, dot, last);
    }
    const values = args.map((arg) => this.#operand(arg, dot));
    try {
      return known.call([...values, ...last]);
    } catch (error) {
      if (error instanceof TypeError) {
        this.#fail(at, `error calling ${name}: ${error.message}`);
      }
      throw error;
    }
  }

  /** `and` and `or` stop at the first value that decides. */
  #logic(
    decides: boolean,
    args: readonly Operand[],
    dot: GoValue,
    last: readonly GoValue[],
  ): GoValue {
    let value: GoValue;
    for (const arg of args) {
      value = this.#operand(arg, dot);
      if (isTrue(value) === decides) {
        return value;
      }
    }
    return last.length > 0 ? last[0] : value;
  }
}

/** What `and` and `or` take. */
const LOGIC: Pick<GoFunction, "least" | "most"> = { least: 1 };

function* countTo(end: bigint): Iterable<[GoValue, GoValue]> {
  for (let i = 0n; i < end; i++) {
    yield [undefined, i];
  }
}
