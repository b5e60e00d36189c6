/**
 * The syntax tree of a Go template. `at` is an index into its text.
 *
 * @module
 */

/** A part of a template that is executed. */
export type Node =
  | TextNode
  | ActionNode
  | BranchNode
  | RangeNode
  | TemplateNode
  | { readonly type: "break" | "continue"; readonly at: number };

/** Text that is copied. */
export interface TextNode {
  readonly type: "text";
  readonly text: string;
}

/** `{{ pipeline }}` */
export interface ActionNode {
  readonly type: "action";
  readonly pipe: Pipe;
}

/** `{{if}}` and `{{with}}` */
export interface BranchNode {
  readonly type: "if" | "with";
  readonly pipe: Pipe;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** `{{range}}` */
export interface RangeNode {
  readonly type: "range";
  readonly pipe: Pipe;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** `{{template "name" pipeline}}` */
export interface TemplateNode {
  readonly type: "template";
  readonly name: string;
  readonly at: number;
  readonly pipe: Pipe | undefined;
}

/** Commands that feed each other, and the variables that get the result. */
export interface Pipe {
  readonly type: "pipe";
  readonly at: number;
  readonly variables: readonly string[];
  /** The variables exist already. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** An operand, or a function with its arguments. */
export interface Command {
  readonly at: number;
  readonly args: readonly [Operand, ...Operand[]];
}

/** What a command is made of. */
export type Operand =
  | { readonly type: "dot" | "nil"; readonly at: number }
  | {
    readonly type: "literal";
    readonly at: number;
    readonly value: boolean | bigint | number | string;
  }
  | {
    readonly type: "field";
    readonly at: number;
    readonly path: readonly string[];
  }
  | {
    readonly type: "variable";
    readonly at: number;
    readonly name: string;
    readonly path: readonly string[];
  }
  | { readonly type: "function"; readonly at: number; readonly name: string }
  | {
    readonly type: "chain";
    readonly at: number;
    readonly of: Operand;
    readonly path: readonly string[];
  }
  | Pipe;

/** Templates of one text by name; the text itself is `""`. */
export type TemplateSet = ReadonlyMap<string, readonly Node[]>;

/** Whether the nodes print nothing but white space. */
export function isBlank(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.type === "text" && node.text.trim() === "");
}
