import { assertEquals, assertThrows } from "@std/assert";
import { parseJson } from "../../../src/http/json_syntax.ts";

/** Text, and what Go's decoder says of it. */
const ERRORS: readonly [string, string][] = [
  ["{", "unexpected EOF"],
  ['{"a', "unexpected EOF"],
  ['{"a":', "unexpected EOF"],
  ['{"a":"\\u12', "unexpected EOF"],
  ["[1,", "unexpected EOF"],
  ["tru", "unexpected EOF"],
  ["-", "unexpected EOF"],
  ["x", "invalid character 'x' looking for beginning of value"],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
  ["[1,]", "invalid character ']' looking for beginning of value"],
  ['{"a":}', "invalid character '}' looking for beginning of value"],
  ["{x", "invalid character 'x' looking for beginning of object key string"],
  [
    '{"a":1,}',
    "invalid character '}' looking for beginning of object key string",
  ],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"', "invalid character '\"' after object key:value pair"],
  ["[1 2]", "invalid character '2' after array element"],
  ["[}", "invalid character '}' looking for beginning of value"],
  ["{} x", "invalid character 'x' after top-level value"],
  ["01", "invalid character '1' after top-level value"],
  ["-a", "invalid character 'a' in numeric literal"],
  ["1.a", "invalid character 'a' after decimal point in numeric literal"],
  ["1e+a", "invalid character 'a' in exponent of numeric literal"],
  ["trie", "invalid character 'i' in literal true (expecting 'u')"],
  ['"\n"', "invalid character '\\n' in string literal"],
  ['"\\x"', "invalid character 'x' in string escape code"],
  [
    '"\\u00g0"',
    "invalid character 'g' in \\u hexadecimal character escape",
  ],
];

Deno.test("parseJson() tells errors in the words of Go's decoder", () => {
  for (const [text, words] of ERRORS) {
    const error = assertThrows(() => parseJson(text), SyntaxError);
    assertEquals(error.message, words, text);
  }
});

Deno.test("parseJson() reads what is JSON", () => {
  const text = ' {"a": [1, -2.5e+3, "\\u00e9\\n", true, null, {}]} ';
  assertEquals(parseJson(text), { a: [1, -2500, "é\n", true, null, {}] });
});

Deno.test("parseJson() reads 10000 levels and refuses one more", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  parseJson(nested(10_000));
  const error = assertThrows(() => parseJson(nested(10_001)), SyntaxError);
  assertEquals(error.message, "exceeded max depth");
});

Deno.test("parseJson() does not take brackets in strings for nesting", () => {
  const text = JSON.stringify({ a: '\\"[' + "[".repeat(20_000) });
  assertEquals((parseJson(text) as { a: string }).a.length, 20_003);
});
