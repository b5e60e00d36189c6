import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { GrammarCompiler } from "../../../src/prompt/grammar.ts";
import { supportedSchema } from "../../../src/prompt/json_schema.ts";
import { Random } from "../../testing/random.ts";
import { SCHEMAS } from "../../testing/schemas.ts";

/** Tokens are bytes, and one that ends the answer. */
const END = 256;
const PIECES = [
  ...Array.from({ length: END }, (_, byte) => new Uint8Array([byte])),
  new Uint8Array(),
];

/** Answers to each schema, and the most bytes of one. */
const WALKS = 2;
const LONGEST = 200;

const ajv = new Ajv2020({ strict: false, allErrors: true });
// What it exports is the function itself, whatever its types say.
(formats as unknown as (ajv: Ajv2020) => void)(ajv);

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
  using matcher = await compiler.matcher(schema);
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

function faultOf(text: string, valid: ReturnType<Ajv2020["compile"]>) {
  try {
    return valid(JSON.parse(text)) ? undefined : ajv.errorsText(valid.errors);
  } catch (error) {
    return String(error);
  }
}

Deno.test("whatever a grammar allows is valid by its schema", async () => {
  const compiler = await GrammarCompiler.create(PIECES, [END]);
  const random = new Random(1);
  const faults: string[] = [];
  for (const schema of SCHEMAS) {
    const { $id: _, ...nameless } = schema;
    const valid = ajv.compile(nameless);
    for (let each = 0; each < WALKS; each++) {
      const text = await walk(compiler, supportedSchema(schema), random);
      const fault = text === undefined ? undefined : faultOf(text, valid);
      if (fault !== undefined) {
        faults.push(`${JSON.stringify(schema)}: ${text}: ${fault}`);
      }
    }
  }
  assertEquals(faults, []);
});
