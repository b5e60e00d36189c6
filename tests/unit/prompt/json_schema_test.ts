import { assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { supportedSchema } from "../../../src/prompt/json_schema.ts";

function normalized(schema: object): unknown {
  return JSON.parse(supportedSchema(schema));
}

Deno.test("supportedSchema() names the keyword that cannot be enforced", () => {
  const cases: [object, string][] = [
    [{ not: {} }, 'unsupported keyword "not" in the schema'],
    [
      { type: "object", properties: { a: { multipleOf: 2 } } },
      'unsupported keyword "multipleOf" in "/properties/a"',
    ],
    [{ type: "array", uniqueItems: true }, 'unsupported keyword "uniqueItems"'],
    [{ type: "list" }, 'unknown type "list"'],
    [{ $ref: "https://x/y" }, '"$ref" to another document'],
    [
      { $ref: "#/$defs/none" },
      '"$ref" to nothing ("#/$defs/none") in the schema; define it in "$defs"',
    ],
    [{ properties: [] }, '"properties" that is not an object'],
    [{ items: 3 }, 'something other than a schema in "/items"'],
    [
      { allOf: [{ minimum: 1 }, { minimum: 2 }] },
      '"allOf" whose parts differ in "minimum"',
    ],
  ];
  for (const [schema, message] of cases) {
    const error = assertThrows(
      () => supportedSchema(schema),
      ServerError,
      message,
    );
    assertEquals(error.status, 400);
  }
});

Deno.test("supportedSchema() refuses every keyword that cannot be held to", () => {
  const keywords = {
    not: {},
    multipleOf: 3,
    uniqueItems: true,
    contains: {},
    minContains: 1,
    maxContains: 2,
    dependentRequired: {},
    dependentSchemas: {},
    if: {},
    then: {},
    else: {},
    unevaluatedProperties: false,
    unevaluatedItems: false,
    $dynamicRef: "#a",
    contentEncoding: "base64",
  };
  for (const [keyword, value] of Object.entries(keywords)) {
    const schema = {
      type: "object",
      properties: { a: { [keyword]: value } },
    };
    assertThrows(
      () => supportedSchema(schema),
      ServerError,
      `unsupported keyword "${keyword}" in "/properties/a"`,
    );
  }
});

Deno.test("supportedSchema() drops what only describes", () => {
  assertEquals(
    normalized({
      $schema: "x",
      title: "T",
      type: "object",
      properties: { title: { type: "string", description: "d" } },
    }),
    { type: "object", properties: { title: { type: "string" } } },
  );
});

Deno.test("supportedSchema() writes names as a grammar's literals need them", () => {
  const properties = { 'q"t': {}, "b\\c": {}, "ключ": {} };
  assertEquals(normalized({ properties, required: ['q"t'] }), {
    properties: { 'q\\\\\\"t': {}, "b\\\\\\\\c": {}, "ключ": {} },
    required: ['q\\\\\\"t'],
  });
});

Deno.test("supportedSchema() leaves open what a schema does not close", () => {
  assertEquals(normalized({ type: "object" }), {
    type: "object",
    additionalProperties: true,
  });
  assertEquals(normalized({ type: "array" }), { type: "array", items: {} });
});

Deno.test("supportedSchema() merges the parts of allOf", () => {
  assertEquals(
    normalized({
      allOf: [
        { type: "object", properties: { a: { type: "null" } } },
        { type: "object", properties: { b: {} }, required: ["a"] },
        { required: ["b"] },
      ],
    }),
    {
      type: "object",
      properties: { a: { type: "null" }, b: {} },
      required: ["a", "b"],
    },
  );
});

Deno.test("supportedSchema() follows references within the schema", () => {
  const schema = {
    $ref: "#/$defs/a~1b",
    $defs: { "a/b": { type: "string" } },
  };
  // By names that XGrammar finds.
  assertEquals(normalized(schema), {
    $ref: "#/$defs/a_2f_b",
    $defs: { a_2f_b: { type: "string" } },
  });
});

Deno.test("supportedSchema() puts ranges of numbers together of parts that are held", () => {
  const cases: [object, object][] = [
    [
      { type: "number", minimum: 0, maximum: 1 },
      {
        anyOf: [
          { type: "number", minimum: 0, maximum: 0 },
          { anyOf: [{ const: 1 }] },
          { anyOf: [{ const: 0 }] },
        ],
      },
    ],
    [{ type: "number", minimum: 0.5, maximum: 0.5 }, { const: 0.5 }],
  ];
  for (const [schema, parts] of cases) {
    assertEquals(normalized(schema), parts);
  }
});

Deno.test("supportedSchema() refuses pairs of keywords of which one would be ignored", () => {
  const cases: [object, string][] = [
    [{ type: "string", pattern: "a", maxLength: 3 }, '"maxLength" beside'],
    [{ type: "string", format: "date", minLength: 3 }, '"minLength" beside'],
    [
      { additionalProperties: { type: "null" }, propertyNames: {} },
      '"propertyNames" beside "additionalProperties"',
    ],
    [
      { type: "number", exclusiveMinimum: 1, exclusiveMaximum: 1.2 },
      "bounds that no number",
    ],
  ];
  for (const [schema, message] of cases) {
    assertThrows(() => supportedSchema(schema), ServerError, message);
  }
});
