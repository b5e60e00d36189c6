/**
 * Templates in Go's text/template language.
 *
 * @module
 */

import { Evaluator } from "./evaluator.ts";
import type { Node, Operand, Pipe, TemplateSet } from "./nodes.ts";
import { parse } from "./parser.ts";
import type { GoValue } from "./values.ts";

function* namesInPipe(pipe: Pipe): Generator<string> {
  for (const { args } of pipe.commands) {
    for (const arg of args) {
      yield* namesInOperand(arg);
    }
  }
}

function* namesInOperand(operand: Operand): Generator<string> {
  switch (operand.type) {
    case "field":
    case "variable":
      yield* operand.path;
      break;
    case "pipe":
      yield* namesInPipe(operand);
      break;
    case "chain":
      yield* namesInOperand(operand.of);
      yield* operand.path;
      break;
  }
}

/** Names of the fields that a pipe looks at. */
export function fieldsOfPipe(pipe: Pipe): string[] {
  return [...namesInPipe(pipe)];
}

function* namesInNodes(nodes: readonly Node[]): Generator<string> {
  for (const node of nodes) {
    if ("pipe" in node && node.pipe !== undefined) {
      yield* namesInPipe(node.pipe);
    }
    if ("body" in node) {
      yield* namesInNodes(node.body);
      yield* namesInNodes(node.otherwise);
    }
  }
}

/** A template that was parsed. */
export class GoTemplate {
  readonly #text: string;
  readonly #templates: TemplateSet;
  /** What it executes first. */
  readonly nodes: readonly Node[];
  /** Names of all fields it looks at, in lower case. */
  readonly variables: ReadonlySet<string>;

  constructor(
    text: string,
    templates: TemplateSet,
    nodes = templates.get("") ?? [],
  ) {
    this.#text = text;
    this.#templates = templates;
    this.nodes = nodes;
    const names = [...templates.values()].flatMap((all) => [
      ...namesInNodes(all),
    ]);
    this.variables = new Set(names.map((name) => name.toLowerCase()));
  }

  /** Throws `TemplateFailure` when the data do not fit. */
  render(data: GoValue): string {
    return new Evaluator(this.#text, this.#templates).run(this.nodes, data);
  }

  /** The same template that executes these nodes instead. */
  with(nodes: readonly Node[]): GoTemplate {
    return new GoTemplate(this.#text, this.#templates, nodes);
  }
}

/** Parses a template. Throws `SyntaxError` with line and column. */
export function parseGoTemplate(text: string): GoTemplate {
  return new GoTemplate(text, parse(text));
}

/**
 * Names of all fields a template looks at, in lower case: `tools` for
 * `.Tools`. Throws `SyntaxError`.
 */
export function templateVariables(text: string): ReadonlySet<string> {
  return parseGoTemplate(text).variables;
}
