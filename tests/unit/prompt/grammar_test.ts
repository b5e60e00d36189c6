import { assert, assertEquals } from "@std/assert";
import {
  ANY_OBJECT,
  supportedSchema,
} from "../../../src/prompt/json_schema.ts";
import {
  accepts as acceptsText,
  allowed,
  byteCompiler as compiler,
  END,
  WORD,
} from "../../testing/byte_grammar.ts";

function accepts(schema: string, text: string): Promise<boolean> {
  return acceptsText({ schema }, text);
}

Deno.test("GrammarMatcher.allowed holds an answer to its schema", async () => {
  const schema = supportedSchema({
    type: "object",
    properties: { n: { type: "integer", minimum: 1, maximum: 12 } },
    required: ["n"],
  });
  assertEquals(await accepts(schema, '{"n": 12}'), true);
  assertEquals(await accepts(schema, '{"n": 13}'), false);
  assertEquals(await accepts(schema, '{"m": 1}'), false);
  assertEquals(await accepts(schema, '{"n": 1'), false);
});

Deno.test("GrammarMatcher.allowed keeps bytes of one character together", async () => {
  const schema = supportedSchema({ type: "string", maxLength: 2 });
  assertEquals(await accepts(schema, '"ä😀"'), true);
  assertEquals(await accepts(schema, '"ä😀x"'), false);
});

Deno.test("GrammarMatcher.allowed keeps control characters out of strings", async () => {
  const texts = ["\t", "\u0000", "\u001d", "\n"];
  for (
    const limits of [{}, { maxLength: 9 }, { minLength: 1 }, {
      pattern: "^.+$",
    }]
  ) {
    const schema = supportedSchema({ type: "string", ...limits });
    for (const text of texts) {
      assertEquals(await accepts(schema, `"a${text}"`), false);
    }
    assertEquals(await accepts(schema, '"a"'), true);
  }
  const object = supportedSchema({
    type: "object",
    properties: { a: { type: "string", maxLength: 3 } },
    required: ["a"],
  });
  assertEquals(await accepts(object, '{\n\t"a": "b"\n}'), true);
});

Deno.test("GrammarMatcher.allowed knows tokens of several bytes", async () => {
  const schema = supportedSchema({
    type: "object",
    properties: { a: { type: "null" } },
    required: ["a"],
  });
  using matcher = await compiler.matcher({ schema });
  for (const byte of new TextEncoder().encode('{"a')) {
    matcher.accept(byte, Uint8Array.of(byte));
  }
  assert((await allowed(matcher)).has(WORD));
  assertEquals(matcher.accept(WORD, new TextEncoder().encode('":')), true);
  assertEquals(matcher.accept(END, new Uint8Array()), false);
});

Deno.test("the grammar of any object allows no endless white space", async () => {
  assertEquals(await accepts(ANY_OBJECT, '{ "a": [1, {"b": null}] }'), true);
  assertEquals(await accepts(ANY_OBJECT, `{${" ".repeat(30)}}`), false);
  assertEquals(await accepts(ANY_OBJECT, "[1]"), false);
});

Deno.test("GrammarMatcher.allowed does not count white space in strings", async () => {
  const schema = supportedSchema({ type: "string" });
  assertEquals(await accepts(schema, `"\\"${" ".repeat(30)}"`), true);
});

Deno.test("a schema of many properties is compiled at once, and forgotten", async () => {
  const schema = (name: string) =>
    supportedSchema({
      type: "object",
      properties: Object.fromEntries(
        Array.from({ length: 60 }, (_, index) => [`${name}${index}`, {
          type: "array",
          items: { type: "object", properties: { a: { type: "integer" } } },
        }]),
      ),
    });
  const started = performance.now();
  for (let index = 0; index < 40; index++) {
    using _matcher = await compiler.matcher({
      schema: schema(`p${index}-`),
    });
  }
  // 20 s each when white space was counted by the grammar.
  const each = (performance.now() - started) / 40;
  assert(each < 1000, `${each} ms each`);
});
