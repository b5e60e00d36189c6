/**
 * Jinja as Python's templates use it: what `@huggingface/jinja` refuses and
 * templates of known models do.
 *
 * @module
 */

import { Environment, Interpreter, Template } from "@huggingface/jinja";

type Statement = NonNullable<Parameters<Interpreter["evaluate"]>[0]>;
type Value = ReturnType<Interpreter["evaluate"]>;

/** A node of a parsed template; which fields it has depends on its type. */
interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly object?: Node;
  readonly property?: Node;
  readonly computed?: boolean;
  readonly callee?: Node;
  readonly args?: readonly Node[];
  readonly operand?: Node;
  readonly filter?: Node;
  readonly operator?: { readonly value: string };
  readonly left?: Node;
  readonly right?: Node;
}

const STRING = "StringLiteral";

/** Filters that give nothing of what is undefined, and do not fail. */
const OF_NOTHING = ["upper", "lower", "trim", "string", "length"];

/** Comparisons, which the library does not make of texts with numbers. */
const ORDERS = ["<", "<=", ">", ">="];

/** Methods of Python that the library lacks, by the type of their object. */
const METHODS: Readonly<
  Record<string, (object: Value, args: readonly Value[]) => unknown>
> = {
  "ArrayValue.append": ({ value }, [item]) => {
    (value as unknown[]).push(item);
    return { type: "Identifier", value: "none" };
  },
  "ArrayValue.pop": ({ value }, [at]) =>
    (value as unknown[]).splice(Number(at?.value ?? -1), 1)[0],
  "StringValue.format": ({ value }, args) => {
    let next = 0;
    const text = String(value).replaceAll(
      "{}",
      () => String(args[next++]?.value ?? ""),
    );
    return { type: STRING, value: text };
  },
};

/** The library's own, which it does not give away otherwise. */
const NOW = new Template("{{ strftime_now(format) }}");

function dateNow(format: string): string {
  return NOW.render({ format });
}

/** The day as `%d %b %Y` has it; `strftime_now` takes a third of a render. */
function today(): string {
  const [, month, day, year] = new Date().toDateString().split(" ");
  return `${day} ${month} ${year}`;
}

/** What templates find besides the conversation. */
const GLOBALS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  range,
  strftime_now: dateNow,
  raise_exception: (message: string) => {
    throw new Error(message);
  },
};

/** As Python's. */
function range(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  return Array.from({ length }, (_, index) => start + index * step);
}

/** Renders a template. Throws what it raises and what it cannot do. */
export function renderTemplate(
  { parsed }: Template,
  variables: Readonly<Record<string, unknown>>,
): string {
  const environment = new Environment();
  // Llama 3's templates tell their own date where they find none.
  const all = { ...GLOBALS, date_string: today(), ...variables };
  for (const [name, value] of Object.entries(all)) {
    environment.set(name, value);
  }
  return String(new PythonicInterpreter(environment).run(parsed).value);
}

/** Evaluates templates. */
class PythonicInterpreter extends Interpreter {
  override evaluate(
    statement: Statement | undefined,
    environment: Environment,
  ): Value {
    const node = statement as unknown as Node | undefined;
    const instead = node && this.#instead(node, environment);
    return instead === undefined
      ? super.evaluate(statement, environment)
      : isNode(instead)
      ? super.evaluate(instead as unknown as Statement, environment)
      : instead;
  }

  #of(node: Node | undefined, environment: Environment): Value {
    return this.evaluate(node as unknown as Statement, environment);
  }

  /** What a node means where the library would fail: a value or a node. */
  #instead(node: Node, environment: Environment): Value | Node | undefined {
    switch (node.type) {
      case "TupleLiteral":
        return { ...node, type: "ArrayLiteral" };
      case "ObjectLiteral":
        return { ...node, value: textKeys(node.value as Map<Node, Node>) };
      case "MemberExpression":
        return this.#member(node, environment);
      case "CallExpression":
        return this.#call(node, environment);
      case "FilterExpression":
        return this.#filter(node, environment);
      case "BinaryExpression":
        return this.#contains(node, environment) ??
          this.#compare(node, environment);
    }
  }

  /** Keys may be numbers, or nothing, which finds nothing. */
  #member(node: Node, environment: Environment): Value | Node | undefined {
    const { computed, object, property } = node;
    if (!computed || property === undefined || isLiteral(property)) {
      return undefined;
    }
    const key = this.#of(property, environment);
    if (["UndefinedValue", "NullValue"].includes(key.type)) {
      return super.evaluate(undefined, environment);
    }
    if (key.type !== "IntegerValue") {
      return undefined;
    }
    const isObject = this.#of(object, environment).type === "ObjectValue";
    return isObject
      ? { ...node, property: { type: STRING, value: String(key.value) } }
      : undefined;
  }

  #call({ callee, args = [] }: Node, environment: Environment) {
    const name = String(callee?.property?.value);
    if (
      callee?.type !== "MemberExpression" || callee.computed ||
      !["append", "pop", "format"].includes(name)
    ) {
      return undefined;
    }
    const object = this.#of(callee.object, environment);
    const method = METHODS[`${object.type}.${name}`];
    const given = args.map((each) => this.#of(each, environment));
    return method?.(object, given) as Value | Node | undefined;
  }

  #filter(node: Node, environment: Environment): Value | Node | undefined {
    const { operand, filter } = node;
    const name = filter?.value;
    // Others are never undefined, and may cost too much to do twice.
    const plain = ["Identifier", "MemberExpression"]
      .includes(operand?.type ?? "");
    if (plain && OF_NOTHING.includes(String(name))) {
      const { type } = this.#of(operand, environment);
      if (type === "ObjectValue" && name === "string") {
        return { ...node, filter: { type: "Identifier", value: "tojson" } };
      }
      return type === "UndefinedValue"
        ? { ...node, operand: { type: STRING, value: "" } }
        : undefined;
    }
    if (name === "min" || name === "max") {
      const { value } = this.#of(operand, environment);
      const numbers = (value as Value[]).map((each) => Number(each.value));
      return { type: "IntegerLiteral", value: Math[name](...numbers) };
    }
  }

  /** Whether a list has nothing in it, or what is undefined, which none has. */
  #contains(node: Node, environment: Environment): Value | undefined {
    const { operator, left, right } = node;
    if (operator?.value !== "in" && operator?.value !== "not in") {
      return undefined;
    }
    const { type } = this.#of(left, environment);
    if (type !== "NullValue" && type !== "UndefinedValue") {
      return undefined;
    }
    const { value } = this.#of(right, environment);
    const found = type === "NullValue" && Array.isArray(value) &&
      value.some((each: Value) => each.type === "NullValue");
    const answer = found === (operator.value === "in");
    return this.#of({ type: "Identifier", value: `${answer}` }, environment);
  }

  /** Numbers that are keys have become texts. */
  #compare(node: Node, environment: Environment): Node | undefined {
    if (!ORDERS.includes(node.operator?.value ?? "")) {
      return undefined;
    }
    const key = this.#of(node.right, environment);
    return key.type === "StringValue" && /^\d+$/.test(String(key.value)) &&
        this.#of(node.left, environment).type === "IntegerValue"
      ? { ...node, right: { type: "IntegerLiteral", value: Number(key.value) } }
      : undefined;
  }
}

function isNode(value: Value | Node): value is Node {
  return !("__bool__" in value);
}

function isLiteral({ type }: Node): boolean {
  return type === STRING || type === "SliceExpression";
}

function textKeys(entries: Map<Node, Node>): Map<Node, Node> {
  return new Map([...entries].map(([key, value]) => [
    key.type === "IntegerLiteral"
      ? { type: STRING, value: String(key.value) }
      : key,
    value,
  ]));
}
