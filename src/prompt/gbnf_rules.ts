/**
 * Rules of a grammar: what they must keep to, and how XGrammar writes them.
 *
 * @module
 */

import {
  type CharacterRange,
  writeClass,
  writeCodePoint,
} from "./ebnf_class.ts";
import { grammarError } from "./grammar_error.ts";

/** What a rule is made of. */
export type Expression =
  | { readonly type: "text"; readonly text: string }
  | {
    readonly type: "class";
    readonly negated: boolean;
    readonly ranges: readonly CharacterRange[];
  }
  | { readonly type: "rule"; readonly name: string; readonly at: string }
  | { readonly type: "sequence"; readonly items: readonly Expression[] }
  | { readonly type: "choice"; readonly items: readonly Expression[] }
  | {
    readonly type: "repeat";
    readonly item: Expression;
    readonly least: number;
    /** Infinity where it has no end. */
    readonly most: number;
  };

/** Rules by their names. */
export type GrammarRules = ReadonlyMap<string, Expression>;

/** The rule that an answer must keep to. */
const ROOT = "root";

/** Most repetitions, those inside of others multiplied: llama.cpp's bound. */
const MOST_REPEATS = 2000;

/** Throws a `bad_request` for rules that no answer can be held to. */
export function checkRules(rules: GrammarRules): void {
  if (!rules.has(ROOT)) {
    throw grammarError(`there is no rule "${ROOT}", with which answers begin`);
  }
  for (const expression of rules.values()) {
    checkNames(expression, rules);
    checkRepeats(expression);
  }
  checkRecursion(rules);
}

function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.type) {
    case "sequence":
    case "choice":
      return expression.items;
    case "repeat":
      return [expression.item];
    default:
      return [];
  }
}

function checkNames(expression: Expression, rules: GrammarRules): void {
  if (expression.type === "rule" && !rules.has(expression.name)) {
    const { name, at } = expression;
    throw grammarError(`there is no rule "${name}", which ${at} names`);
  }
  childrenOf(expression).forEach((each) => checkNames(each, rules));
}

function checkRepeats(expression: Expression, times = 1): void {
  let all = times;
  if (expression.type === "repeat") {
    const { least, most } = expression;
    all *= Math.max(1, Number.isFinite(most) ? most : least);
  }
  if (all > MOST_REPEATS) {
    throw grammarError(`more than ${MOST_REPEATS} repetitions are too many`);
  }
  childrenOf(expression).forEach((each) => checkRepeats(each, all));
}

/** A rule that begins with itself would never begin. */
function checkRecursion(rules: GrammarRules): void {
  const empty = emptyRules(rules);
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      throw grammarError(
        `the rule "${name}" begins with itself; let it begin with something ` +
          "else, or repeat with * or +",
      );
    }
    if (!done.has(name)) {
      const inner = [...path, name];
      const expression = rules.get(name)!;
      firstRules(expression, empty).forEach((each) => visit(each, inner));
      done.add(name);
    }
  };
  [...rules.keys()].forEach((name) => visit(name, []));
}

/** Rules that may stand for no text at all. */
function emptyRules(rules: GrammarRules): ReadonlySet<string> {
  const empty = new Set<string>();
  let known = -1;
  while (known < empty.size) {
    known = empty.size;
    for (const [name, expression] of rules) {
      if (canBeEmpty(expression, empty)) {
        empty.add(name);
      }
    }
  }
  return empty;
}

function canBeEmpty(
  expression: Expression,
  empty: ReadonlySet<string>,
): boolean {
  switch (expression.type) {
    case "text":
      return expression.text === "";
    case "class":
      return false;
    case "rule":
      return empty.has(expression.name);
    case "sequence":
      return expression.items.every((each) => canBeEmpty(each, empty));
    case "choice":
      return expression.items.some((each) => canBeEmpty(each, empty));
    case "repeat":
      return expression.least === 0 || canBeEmpty(expression.item, empty);
  }
}

/** Rules that a text of the expression may begin with. */
function firstRules(
  expression: Expression,
  empty: ReadonlySet<string>,
): string[] {
  switch (expression.type) {
    case "rule":
      return [expression.name];
    case "sequence": {
      const { items } = expression;
      const solid = items.findIndex((each) => !canBeEmpty(each, empty));
      return items.slice(0, solid < 0 ? items.length : solid + 1)
        .flatMap((each) => firstRules(each, empty));
    }
    default:
      return childrenOf(expression).flatMap((each) => firstRules(each, empty));
  }
}

/** The rules in the EBNF of XGrammar. */
export function writeRules(rules: GrammarRules): string {
  const names = new Map([...rules.keys()].map((name, index) => [
    name,
    name === ROOT ? ROOT : `rule_${index}`,
  ]));
  return [...rules].map(([name, expression]) =>
    `${names.get(name)} ::= ${write(expression, names)}\n`
  ).join("");
}

function write(
  expression: Expression,
  names: ReadonlyMap<string, string>,
): string {
  switch (expression.type) {
    case "text":
      return `"${[...expression.text].map(writeCharacter).join("")}"`;
    case "class":
      return writeClass(expression.ranges, expression.negated);
    case "rule":
      return names.get(expression.name)!;
    case "sequence":
      return expression.items.length === 0
        ? '""'
        : expression.items.map((each) => write(each, names)).join(" ");
    case "choice":
      return `(${
        expression.items.map((each) => write(each, names)).join(" | ")
      })`;
    case "repeat": {
      const { item, least, most } = expression;
      const last = Number.isFinite(most) ? String(most) : "";
      return `(${write(item, names)}){${least},${last}}`;
    }
  }
}

function writeCharacter(character: string): string {
  return /[a-zA-Z0-9 ]/.test(character)
    ? character
    : writeCodePoint(character.codePointAt(0)!);
}
