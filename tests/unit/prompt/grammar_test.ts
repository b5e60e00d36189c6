import { assert, assertEquals, assertRejects } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
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

Deno.test("GrammarCompiler refuses what XGrammar cannot read, and works on", async () => {
  using running = await compiler.matcher({
    schema: supportedSchema({ type: "integer" }),
  });
  const faulty = {
    schema: JSON.stringify({ type: "string", pattern: "(" }),
  };
  // Of one instance the stack was gone after some thirty.
  for (let index = 0; index < 40; index++) {
    const error = await assertRejects(
      () => compiler.matcher(faulty),
      ServerError,
      "it cannot be compiled",
    );
    assertEquals(error.status, 400);
    using next = await compiler.matcher({
      schema: supportedSchema({ type: "integer", minimum: 0, maximum: index }),
    });
    assertEquals((await allowed(next)).has("0".charCodeAt(0)), true);
    assertEquals((await allowed(next)).has("-".charCodeAt(0)), false);
  }
  const one = "1".charCodeAt(0);
  assertEquals(running.accept(one, Uint8Array.of(one)), true);
  assertEquals((await allowed(running)).has(END), true);
});

Deno.test("GrammarMatcher.allowed holds patterns to what JSON escapes", async () => {
  const cases: [string, unknown[], unknown[]][] = [
    ['^a"b$', ['a"b'], ["ab"]],
    ["^(\\n|\\\\)+$", ["\n", "\\\n"], ["n", ""]],
    ["^(|a)b$", ["b", "ab"], ["a"]],
    ["^\\x22\\u0041$", ['"A'], ["A"]],
  ];
  for (const [pattern, good, bad] of cases) {
    const schema = supportedSchema({ type: "string", pattern });
    for (const text of good) {
      assertEquals(await accepts(schema, JSON.stringify(text)), true, pattern);
    }
    for (const text of bad) {
      assertEquals(await accepts(schema, JSON.stringify(text)), false, pattern);
    }
  }
});

Deno.test("supportedSchema() keeps of an enum what its type allows", async () => {
  const schema = supportedSchema({ type: "string", enum: ["a", 1] });
  assertEquals(await accepts(schema, '"a"'), true);
  assertEquals(await accepts(schema, "1"), false);
});

Deno.test("bounds of whole numbers may be fractions", async () => {
  const schema = supportedSchema({
    type: ["integer", "null"],
    minimum: 1.5,
    exclusiveMaximum: 4,
  });
  for (const text of ["2", "3", "null"]) {
    assertEquals(await accepts(schema, text), true, text);
  }
  for (const text of ["1", "4"]) {
    assertEquals(await accepts(schema, text), false, text);
  }
});
