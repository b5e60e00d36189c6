import { assert, assertEquals } from "@std/assert";
import { GrammarCompiler } from "../../../src/prompt/grammar.ts";
import { supportedSchema } from "../../../src/prompt/json_schema.ts";
import { Random } from "../../testing/random.ts";
import { faultFinder, SCHEMAS } from "../../testing/schemas.ts";

/** Tokens are bytes, and one that ends the answer. */
const END = 256;
const PIECES = [
  ...Array.from({ length: END }, (_, byte) => new Uint8Array([byte])),
  new Uint8Array(),
];

/** Answers to each schema, and the most bytes of one. */
const WALKS = 2;
const LONGEST = 200;

function allowedTokens(mask: Int32Array | undefined): number[] {
  return PIECES.map((_, token) => token).filter((token) =>
    ((mask?.[token >>> 5] ?? 0) >>> (token & 31)) & 1
  );
}

/** ASCII: walks of other bytes would end in what is no UTF-8. */
function isPlain(byte: number): boolean {
  return byte === END || byte < 0x80;
}

/** A random answer that the grammar allows; undefined if it does not end. */
async function walk(
  compiler: GrammarCompiler,
  schema: string,
  random: Random,
): Promise<string | undefined> {
  using matcher = await compiler.matcher({ schema });
  const bytes: number[] = [];
  while (bytes.length < LONGEST) {
    const allowed = allowedTokens(matcher.allowed);
    const ends = allowed.includes(END) && random.chance(0.5);
    const plain = allowed.filter(isPlain);
    const token = ends ? END : random.pick(plain.length > 0 ? plain : allowed);
    if (token === END) {
      return new TextDecoder().decode(new Uint8Array(bytes));
    }
    bytes.push(token);
    assert(matcher.accept(token, PIECES[token] ?? new Uint8Array()));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return undefined;
}

async function allows(
  compiler: GrammarCompiler,
  schema: object,
  value: string,
): Promise<boolean> {
  using matcher = await compiler.matcher({
    schema: supportedSchema(schema),
  });
  for (const byte of new TextEncoder().encode(JSON.stringify(value))) {
    if (!matcher.accept(byte, new Uint8Array([byte]))) {
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return allowedTokens(matcher.allowed).includes(END);
}

Deno.test("whatever a grammar allows is valid by its schema", async () => {
  const compiler = await GrammarCompiler.create(PIECES, [END]);
  const random = new Random(1);
  const faults: string[] = [];
  for (const schema of SCHEMAS) {
    const faultOf = faultFinder(schema);
    for (let each = 0; each < WALKS; each++) {
      const text = await walk(compiler, supportedSchema(schema), random);
      const fault = text === undefined ? undefined : faultOf(text);
      if (fault !== undefined) {
        faults.push(`${JSON.stringify(schema)}: ${text}: ${fault}`);
      }
    }
  }
  assertEquals(faults, []);
});

Deno.test("a grammar allows no mixture of a choice's values", async () => {
  const values = ["users", "user", "pre-cat-1", "pre-bat-1", "pre-1"];
  const schemas = [
    { enum: values },
    { anyOf: values.map((value) => ({ const: value })) },
    { anyOf: [{ enum: values.slice(0, 3) }, { enum: values.slice(3) }] },
  ];
  const compiler = await GrammarCompiler.create(PIECES, [END]);
  for (const schema of schemas) {
    for (const value of values) {
      assert(await allows(compiler, schema, value), value);
    }
    for (const mixture of ["userss", "pre-cat-bat-cat-1", "pre-cat-1-1"]) {
      assert(!await allows(compiler, schema, mixture), mixture);
    }
  }
});
