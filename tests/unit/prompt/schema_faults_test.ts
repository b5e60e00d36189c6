import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { supportedSchema } from "../../../src/prompt/json_schema.ts";

function errorOf(schema: unknown): string {
  const error = assertThrows(() => supportedSchema(schema), ServerError);
  assertEquals(error.status, 400);
  return error.message;
}

function inProperty(part: unknown): object {
  return { type: "object", properties: { a: part }, required: ["a"] };
}

function refuses(cases: readonly (readonly [unknown, string])[]): void {
  for (const [part, reason] of cases) {
    assertEquals(
      errorOf(inProperty(part)),
      `Cannot hold the answer to this JSON Schema: ${reason}`,
      JSON.stringify(part),
    );
  }
}

Deno.test("supportedSchema() refuses keywords that no value meets together", () => {
  const place = 'in "/properties/a"; no value is between them';
  refuses([
    [
      { type: "integer", minimum: 5, maximum: 3 },
      `"minimum" 5 above "maximum" 3 ${place}`,
    ],
    [
      { type: "number", exclusiveMinimum: 3, maximum: 3 },
      `"exclusiveMinimum" 3 not below "maximum" 3 ${place}`,
    ],
    [
      { type: "string", minLength: 5, maxLength: 3 },
      `"minLength" 5 above "maxLength" 3 ${place}`,
    ],
    [
      { type: "array", minItems: 3, maxItems: 1 },
      `"minItems" 3 above "maxItems" 1 ${place}`,
    ],
    [
      { type: "object", minProperties: 3, maxProperties: 1 },
      `"minProperties" 3 above "maxProperties" 1 ${place}`,
    ],
    [
      { type: "integer", minimum: 1.5, maximum: 1.7 },
      'bounds without a whole number between them in "/properties/a"',
    ],
    [
      { type: "integer", minimum: 1e20 },
      'bounds without a whole number between them in "/properties/a"',
    ],
  ]);
});

Deno.test("supportedSchema() refuses lists without a choice", () => {
  refuses([
    ...["enum", "anyOf", "oneOf", "prefixItems", "type"].map((keyword) =>
      [
        { [keyword]: [] },
        `"${keyword}" that is empty in "/properties/a"; no value meets that`,
      ] as const
    ),
    [
      { type: "string", enum: [1, 2] },
      '"enum" without a value of type "string" in "/properties/a"; ' +
      'leave out "type" or mend the values',
    ],
    [
      { type: ["string", "null"], const: 1 },
      '"const" without a value of type ["string","null"] in ' +
      '"/properties/a"; leave out "type" or mend the values',
    ],
    [false, '"false", which no value meets, in "/properties/a"; leave it out'],
    [
      { anyOf: [{}, false] },
      '"false", which no value meets, in "/properties/a/anyOf/1"; leave it out',
    ],
  ]);
});

Deno.test("supportedSchema() refuses names and items that there cannot be", () => {
  refuses([
    [
      {
        type: "object",
        properties: { x: {} },
        required: ["x", "y"],
        additionalProperties: false,
      },
      '"required" names "y", which "additionalProperties": false forbids, in ' +
      '"/properties/a"; add it to "properties" or take it out of "required"',
    ],
    [
      { type: "object", required: ["x", "y"], maxProperties: 1 },
      '"maxProperties" 1 below the number of names in "required" in ' +
      '"/properties/a"',
    ],
    [
      { properties: { x: {} }, additionalProperties: false, minProperties: 2 },
      '"minProperties" 2 above the number of "properties" in "/properties/a"',
    ],
    [
      { type: "array", prefixItems: [{}, {}], maxItems: 1 },
      '"maxItems" 1 below the number of "prefixItems" in "/properties/a"',
    ],
    [
      { type: "array", items: false, minItems: 1 },
      '"minItems" 1 above what "items": false allows in "/properties/a"',
    ],
    [
      { type: "array", items: [{}] },
      '"items" that is a list in "/properties/a"; write "prefixItems"',
    ],
  ]);
  for (
    const fine of [
      { type: "object", required: ["x"] },
      { patternProperties: { "^x": {} }, required: ["x"] },
      { type: "object", properties: { x: {} }, additionalProperties: false },
      { type: "array", prefixItems: [{}], items: false },
    ]
  ) {
    supportedSchema(fine);
  }
});

Deno.test("supportedSchema() refuses values of a wrong type", () => {
  const place = 'in "/properties/a"';
  refuses([
    [{ minimum: "1" }, `"minimum" that is not a number ${place}`],
    [
      { minLength: 1.5 },
      `"minLength" that is not a whole number from 0 on ${place}`,
    ],
    [
      { maxItems: -1 },
      `"maxItems" that is not a whole number from 0 on ${place}`,
    ],
    [
      { maxLength: null },
      `"maxLength" that is not a whole number from 0 on ${place}`,
    ],
    [{ pattern: 3 }, `"pattern" that is not a text ${place}`],
    [{ format: 3 }, `"format" that is not a text ${place}`],
    [{ $ref: 3 }, `"$ref" that is not a text ${place}`],
    [{ enum: "a" }, `"enum" that is not a list ${place}`],
    [{ anyOf: {} }, `"anyOf" that is not a list ${place}`],
    [{ required: "a" }, `"required" that is not a list ${place}`],
    [{ required: [3] }, `"required" with something other than names ${place}`],
  ]);
});

Deno.test("supportedSchema() refuses patterns that cannot be held to", () => {
  const cases: [string, string][] = [
    ["(?=a)b", "with a lookahead, which is not supported,"],
    ["a(?!a)b", "with a lookahead, which is not supported,"],
    ["(?<=a)b", "with a lookbehind, which is not supported,"],
    ["(a)\\1", "with a backreference, which is not supported,"],
    ["(?<n>a)\\k<n>", "with a backreference, which is not supported,"],
    ["\\ba", "with a word boundary, which is not supported,"],
    ["\\p{L}", "with a Unicode class, which is not supported,"],
    ["a{", "with a brace that stands for itself, which is not supported,"],
    ["(", "that is no regular expression (Unterminated group)"],
    ["a**", "that is no regular expression (Nothing to repeat)"],
    [
      "a{2,1}",
      "that is no regular expression " +
      "(numbers out of order in {} quantifier)",
    ],
    [
      `${"(".repeat(33)}a${")".repeat(33)}`,
      "with more than 32 groups in one another",
    ],
  ];
  refuses(cases.map(([pattern, reason]) => [
    { type: "string", pattern },
    `a "pattern" (${JSON.stringify(pattern)}) ${reason} in ` +
    '"/properties/a"; write it otherwise',
  ]));
  refuses([[
    { type: "object", patternProperties: { "(": {} } },
    'a "pattern" ("(") that is no regular expression (Unterminated group) ' +
    'in "/properties/a/patternProperties"; write it otherwise',
  ]]);
  for (const pattern of ["[(?=]", "\\(\\?=", "(?<n>a)", "(?:a)", "a{2,}"]) {
    supportedSchema({ type: "string", pattern });
  }
});

Deno.test("supportedSchema() refuses what refers to itself without end", () => {
  const advice = 'let it end: take it out of "required" or give it another ' +
    "choice";
  const next = (node: object) => ({ $ref: "#/$defs/n", $defs: { n: node } });
  const self = { $ref: "#/$defs/n" };
  const endless = [
    self,
    { type: "object", properties: { n: self }, required: ["n"] },
    { type: "object", additionalProperties: self, required: ["n"] },
    { type: "array", items: self, minItems: 1 },
    { type: "array", prefixItems: [{}, self] },
    { anyOf: [self, { type: "array", items: self, minItems: 2 }] },
  ];
  for (const node of endless) {
    assertEquals(
      errorOf(next(node)),
      "Cannot hold the answer to this JSON Schema: a part that needs itself " +
        `without end in "/$defs/n"; ${advice}`,
    );
  }
  const ending = [
    { type: "object", properties: { n: self } },
    { type: "object", additionalProperties: self },
    { type: "array", items: self },
    { anyOf: [self, { type: "null" }] },
    { type: ["object", "null"], properties: { n: self }, required: ["n"] },
  ];
  for (const node of ending) {
    supportedSchema(next(node));
  }
});

Deno.test("supportedSchema() refuses schemas of too many levels", () => {
  const nested = (levels: number) => {
    let schema: object = { type: "null" };
    for (let level = 0; level < levels; level++) {
      schema = { type: "object", properties: { a: schema } };
    }
    return schema;
  };
  supportedSchema(nested(31));
  const error = errorOf(nested(5000));
  assertStringIncludes(error, "more than 32 levels in");
  const value = (levels: number) =>
    JSON.parse("[".repeat(levels) + "]".repeat(levels));
  supportedSchema({ const: value(32) });
  assertStringIncludes(
    errorOf({ enum: [value(3000)] }),
    "a value of more than 32 levels in the schema",
  );
});

Deno.test("supportedSchema() points to names as JSON pointers do", () => {
  assertEquals(
    errorOf({ properties: { "x/y~z": { enum: [] } } }),
    'Cannot hold the answer to this JSON Schema: "enum" that is empty in ' +
      '"/properties/x~1y~0z"; no value meets that',
  );
});
