/**
 * What it costs to hold answers to a schema: time that goes by between two
 * decodes, with a schema and without, beside the time of a decode.
 *
 *     deno run -A bench/masks.ts [--model FILE] [--threads 2] [--rounds 5]
 *
 * The rounds take turns. Told are medians of the rounds' means, and what masks
 * take of a decode.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Backend } from "../src/engine/backend.ts";
import { Engine } from "../src/engine/engine.ts";
import { createLlamaBackend } from "../src/engine/llama_backend.ts";
import { createCompiler } from "../src/engine/main.ts";
import { ANY_OBJECT, supportedSchema } from "../src/prompt/json_schema.ts";
import { toSampling } from "../src/protocol/ollama_options.ts";
import { fetchModel, GEMMA } from "../tools/fetch_models.ts";
import { specOf } from "./engine.ts";
import { median } from "./table.ts";

/** Tokens generated in one measurement. */
const TOKENS = 64;

/** More of them than an answer has tokens for. */
function people(name: object): string {
  return supportedSchema({
    type: "array",
    minItems: 40,
    items: {
      type: "object",
      properties: {
        name,
        age: { type: "integer", minimum: 0, maximum: 150 },
        colour: { enum: ["red", "green", "blue", "yellow"] },
      },
      required: ["name", "age", "colour"],
    },
  });
}

/** What answers are held to. */
const SCHEMAS: Readonly<Record<string, string | undefined>> = {
  "no schema": undefined,
  "any object": ANY_OBJECT,
  "people": people({ type: "string" }),
  "names of 20 characters at most": people({ type: "string", maxLength: 20 }),
  "names by a pattern": people({ type: "string", pattern: "^[A-Z][a-z]+$" }),
};

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Milliseconds of every token: within decodes, and between them. */
interface TokenTimes {
  readonly decode: number;
  readonly between: number;
}

/** An engine of which it is known how long it has decoded. */
class MeasuredEngine {
  readonly #engine: Engine;
  #wake = () => {};
  #decodeMs = 0;
  #requests = 0;

  constructor(backend: Backend, batchSize: number) {
    const decode = backend.decode.bind(backend);
    backend.decode = (tokens) => {
      const started = performance.now();
      decode(tokens);
      this.#decodeMs += performance.now() - started;
    };
    this.#engine = new Engine(backend, {
      batchSize,
      promptTokens: batchSize,
      enoughPrompts: Infinity,
      embedding: false,
      createCompiler: () => createCompiler(backend),
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      now: () => performance.now(),
      wake: () => this.#wake(),
    });
  }

  /** Mean times of an answer's tokens but the first. */
  async measure(schema: string | undefined): Promise<TokenTimes> {
    const woken = new Promise<void>((resolve) => this.#wake = resolve);
    this.#submit(schema);
    if (schema !== undefined) {
      await woken;
    }
    const decodes: number[] = [];
    const between: number[] = [];
    this.#engine.step();
    for (;;) {
      const [started, before] = [performance.now(), this.#decodeMs];
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#engine.step() === undefined) {
        break;
      }
      const decode = this.#decodeMs - before;
      decodes.push(decode);
      between.push(performance.now() - started - decode);
    }
    if (decodes.length < TOKENS - 1) {
      throw new Error(`The answer ended after ${decodes.length} tokens.`);
    }
    return { decode: mean(decodes), between: mean(between) };
  }

  #submit(schema: string | undefined): void {
    this.#engine.submit({
      type: "generate",
      id: ++this.#requests,
      prompt: [`Round ${this.#requests}. Many people, in JSON:\n`],
      sampling: toSampling({ temperature: 0 }),
      limits: {
        maxTokens: TOKENS,
        stop: [],
        keepTokens: 4,
        truncate: true,
        shift: true,
      },
      wantContext: false,
      ...(schema === undefined ? {} : { schema }),
    });
  }
}

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    model: { type: "string" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "5" },
  },
});
const spec = specOf({
  model: flags.model ?? await fetchModel(GEMMA),
  threads: Number(flags.threads),
  slots: 1,
  context: 2048,
});
using backend = await createLlamaBackend(spec);
const engine = new MeasuredEngine(backend, spec.batchSize);
const times = new Map<string, TokenTimes[]>();
for (let round = 0; round < Number(flags.rounds); round++) {
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    times.set(name, [...times.get(name) ?? [], await engine.measure(schema)]);
  }
}
const medianOf = (name: string, time: keyof TokenTimes) =>
  median((times.get(name) ?? []).map((each) => each[time]));
const free = medianOf("no schema", "between");
const decode = medianOf("no schema", "decode");
console.log(
  `${backend.info.vocabularySize} tokens, a decode takes ${
    decode.toFixed(2)
  } ms`,
);
for (const name of Object.keys(SCHEMAS)) {
  const between = medianOf(name, "between");
  const share = 100 * (between - free) / decode;
  console.log(
    `${name}: ${between.toFixed(2)} ms between decodes, ` +
      `masks ${share.toFixed(1)} % of a decode`,
  );
}
