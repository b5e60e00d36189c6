import { assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { ebnfOfGbnf } from "../../../src/prompt/gbnf.ts";
import { accepts } from "../../testing/byte_grammar.ts";

/** Grammars, texts that keep to them, and texts that do not. */
const GRAMMARS: readonly [string, readonly string[], readonly string[]][] = [
  ['root ::= "yes" | "no"', ["yes", "no"], ["", "ye", "yesno"]],
  ["root ::= [a-c]+ [^0-9]", ["ab-", "cx"], ["a", "a1", "d-"]],
  ['root ::= "x"? "y"* "z"{2}', ["zz", "xyyzz"], ["z", "xxzz", "zzz"]],
  ['root ::= ("ab"){1,2} "c"{2,}', ["abcc", "ababccc"], ["abc", "cc"]],
  ['root ::= ("a" |\n  "b") . # any one\n\n', ["a√", "bb"], ["a", "ab√"]],
  ['root ::= | "a"', ["", "a"], ["aa"]],
  ['root ::= ("a"?)* "b"', ["b", "aab"], ["a"]],
  ['root ::= "a" root | "."', [".", "aaa."], ["", "a"]],
  ["root ::=\n  my-rule1\nmy-rule1 ::= [\\]\\[\\\\-]", ["]", "[", "\\", "-"], [
    "a",
  ]],
  ['root ::= "\\x41\\u00e9\\U0001F600\\t\\"\\n"', ['Aé😀\t"\n'], ["A"]],
  ['root ::= "größe" [あ-ん]', ["größeか"], ["größe", "größex"]],
  ["root ::= [^a-z] [^\x00-\x7f]", ["Aé", "😀か"], ["aé", "AA"]],
  ["root ::= [äöü₠-€a]+", ["aä€₠"], ["b", "ë"]],
  ["root ::= [^\\U00000080-\\U0010ffff]", ["a"], ["ä"]],
  ['root ::= a\na ::= "1"\na ::= "2"', ["2"], ["1"]],
  ['# first\r\nroot ::= "a"\r\n', ["a"], ["b"]],
  ['root ::= (" "){3} "\\t"*', ["   ", "   \t\t"], ["  "]],
];

/** Grammars and what is wrong with them. */
const FAULTS: readonly [string, string][] = [
  ["", 'there is no rule "root", with which answers begin'],
  ['a ::= "a"', 'there is no rule "root", with which answers begin'],
  ["root ::= foo", 'there is no rule "foo", which line 1, column 10 names'],
  ['root = "a"', "line 1, column 6: expected ::="],
  ["root ::= (", "line 1, column 11: expected )"],
  ['root ::= "a" )', "line 1, column 14: expected the end of the rule"],
  ['root ::= "a"\n  "b"', "line 2, column 3: expected the name of a rule"],
  ['root ::= "abc', 'line 1, column 14: expected "'],
  ["root ::= [a", "line 1, column 12: expected ]"],
  ["root ::= []", "line 1, column 12: a class has no characters"],
  [
    "root ::= [一-龠]",
    "a class may name 1000 characters beyond ASCII, or all of them, and a negated one none",
  ],
  [
    "root ::= [^ä]",
    "a class may name 1000 characters beyond ASCII, or all of them, and a negated one none",
  ],
  [
    "root ::= [z-a]",
    "line 1, column 14: a range of characters ends before it begins",
  ],
  ['root ::= "\\q"', "line 1, column 13: there is no escape \\q"],
  [
    'root ::= "\\u12"',
    "line 1, column 13: \\u takes 4 digits of a character",
  ],
  [
    'root ::= "\\ud800"',
    "line 1, column 17: \\u takes 4 digits of a character",
  ],
  [
    'root ::= "a"{5,2}',
    "line 1, column 18: expected {count}, {least,} or {least,most}",
  ],
  [
    'root ::= "a"{2',
    "line 1, column 13: expected {count}, {least,} or {least,most}",
  ],
  ['root ::= ("a"{100}){100}', "more than 2000 repetitions are too many"],
  [
    'root ::= "a" | root "b"',
    'the rule "root" begins with itself; let it begin with something else, ' +
    "or repeat with * or +",
  ],
  [
    'root ::= a? b "x"\na ::= "q"\nb ::= root',
    'the rule "root" begins with itself; let it begin with something else, ' +
    "or repeat with * or +",
  ],
  [
    "root ::= <think>",
    "line 1, column 10: tokens by their names are not supported",
  ],
  [
    `root ::= ${"(".repeat(300)}"a"${")".repeat(300)}`,
    "line 1, column 211: more than 200 brackets are too deep",
  ],
  [
    Array.from({ length: 2000 }, (_, rule) => `r${rule} ::= "a"\n`).join(""),
    "line 1001, column 14: more than 1000 rules are too many",
  ],
];

Deno.test("ebnfOfGbnf() says of a grammar what XGrammar understands", async () => {
  for (const [grammar, good, bad] of GRAMMARS) {
    const ebnf = ebnfOfGbnf(grammar);
    for (const text of good) {
      assertEquals(await accepts({ ebnf }, text), true, `${grammar}: ${text}`);
    }
    for (const text of bad) {
      assertEquals(await accepts({ ebnf }, text), false, `${grammar}: ${text}`);
    }
  }
});

Deno.test("ebnfOfGbnf() tells what is wrong with a grammar, and where", () => {
  for (const [grammar, fault] of FAULTS) {
    const { message } = assertThrows(() => ebnfOfGbnf(grammar), ServerError);
    assertEquals(message, `invalid grammar: ${fault}`, grammar);
  }
});
