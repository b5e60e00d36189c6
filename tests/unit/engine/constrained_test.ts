import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type {
  GrammarCompiler,
  GrammarMatcher,
} from "../../../src/prompt/grammar.ts";
import type { GrammarSource } from "../../../src/prompt/grammar_source.ts";
import { EngineDriver, expectEvent } from "../../testing/engine_driver.ts";
import { END, FakeBackend } from "../../testing/fake_backend.ts";

const PROMPT = "the quick brown fox jumps over";

/** A mask of these tokens. */
function mask(...tokens: number[]): Int32Array {
  const words = new Int32Array(9);
  for (const token of tokens) {
    words[token >>> 5] = (words[token >>> 5] ?? 0) | 1 << (token & 31);
  }
  return words;
}

/** A grammar whose only sentence is the schema's text. */
class Spelling {
  readonly #text: string;
  readonly accepted: number[] = [];
  disposals = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get allowed(): Int32Array {
    const at = this.accepted.length;
    return mask(at < this.#text.length ? this.#text.charCodeAt(at) : END);
  }

  accept(token: number): boolean {
    this.accepted.push(token);
    return true;
  }

  [Symbol.dispose](): void {
    this.disposals++;
  }
}

/** An engine whose grammars spell out their schemas. */
class Fixture {
  readonly matchers: Spelling[] = [];
  readonly backend = new FakeBackend();
  wakes = 0;
  compilers = 0;
  compilerFailures = 0;
  /** What every compilation waits for. */
  compiling: Promise<void> = Promise.resolve();
  pause = (_milliseconds: number): Promise<void> => Promise.resolve();
  readonly driver = new EngineDriver(this.backend, {
    pause: (milliseconds) => this.pause(milliseconds),
    createCompiler: () => {
      this.compilers++;
      if (this.compilerFailures-- > 0) {
        return Promise.reject(new Error("no compiler"));
      }
      const matcher = async (
        source: GrammarSource,
      ): Promise<GrammarMatcher> => {
        await this.compiling;
        const schema = "schema" in source ? source.schema : source.ebnf;
        if (schema === "bad") {
          throw new Error("what is bad?");
        }
        const spelling = new Spelling(schema);
        this.matchers.push(spelling);
        return spelling as unknown as GrammarMatcher;
      };
      return Promise.resolve({ matcher } as GrammarCompiler);
    },
    wake: () => this.wakes++,
  });

  /** Waits for grammars, then runs to the end. */
  async run(): Promise<EngineDriver> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    return this.driver.run();
  }
}

Deno.test("Engine holds an answer to its grammar, and makes one compiler", async () => {
  const fixture = new Fixture();
  const ids = ["xyz", '{"a":1}'].map((schema) =>
    fixture.driver.generate({ prompt: PROMPT, schema })
  );
  assert(!fixture.driver.engine.busy, "nobody waits for the grammar");
  const driver = await fixture.run();
  assertEquals(ids.map((id) => driver.text(id)), ["xyz", '{"a":1}']);
  assertEquals(ids.map((id) => driver.done(id).counts.generated), [4, 8]);
  assertEquals(fixture.compilers, 1);
  assertEquals(fixture.wakes, 2);
  assertEquals(fixture.matchers.map((each) => each.disposals), [1, 1]);
  assertEquals(driver.booked(), driver.totals);
});

Deno.test("Engine refuses a schema that is no grammar", async () => {
  const fixture = new Fixture();
  const id = fixture.driver.generate({ prompt: PROMPT, schema: "bad" });
  const driver = await fixture.run();
  const { error } = expectEvent(driver.ended(id), "failed");
  assertEquals(error.kind, "bad_request");
  assertStringIncludes(error.message, "no room for the grammar");
  const next = fixture.driver.generate({ prompt: PROMPT, schema: "x" });
  await fixture.run();
  assertEquals(driver.text(next), "x");
  assertEquals(fixture.compilers, 2, "one that has failed is not used again");
  assertEquals(fixture.wakes, 2);
  assertEquals(fixture.backend.samplers.size, 0);
});

Deno.test("Engine ends a request that is cancelled before its grammar is there, at once", async () => {
  const fixture = new Fixture();
  const { driver } = fixture;
  const before = driver.generate({ prompt: PROMPT, schema: "x" });
  driver.cancel(before);
  expectEvent(driver.run().ended(before), "cancelled");
  await fixture.run();
  assertEquals(fixture.matchers.length, 0, "nothing is compiled for nobody");
  const { promise, resolve } = Promise.withResolvers<void>();
  fixture.compiling = promise;
  const during = driver.generate({ prompt: PROMPT, schema: "y" });
  await fixture.run();
  driver.cancel(during);
  expectEvent(driver.run().ended(during), "cancelled");
  resolve();
  await fixture.run();
  assertEquals(fixture.matchers.map((each) => each.disposals), [1]);
  assertEquals(fixture.backend.samplers.size, 0);
  assertEquals(driver.totals.computed, 0);
});

Deno.test("Engine compiles one grammar at a time, and steps in between", async () => {
  const fixture = new Fixture();
  const { driver } = fixture;
  const other = driver.generate({ prompt: PROMPT });
  const words: number[] = [];
  fixture.pause = () => {
    driver.step();
    words.push(driver.totals.generated);
    return Promise.resolve();
  };
  for (const schema of ["abc", "def", "ghi"]) {
    driver.generate({ prompt: PROMPT, schema });
  }
  await fixture.run();
  assertEquals(words.length, 3);
  assert((words.at(-1) ?? 0) > 0, "the one without a grammar went on");
  assertEquals(driver.done(other).counts.generated, 16);
  assertEquals(driver.booked(), driver.totals);
});

Deno.test("Engine tries again when no compiler could be made", async () => {
  const fixture = new Fixture();
  fixture.compilerFailures = 1;
  const { driver } = fixture;
  const first = driver.generate({ prompt: PROMPT, schema: "x" });
  await fixture.run();
  expectEvent(driver.ended(first), "failed");
  const second = driver.generate({ prompt: PROMPT, schema: "x" });
  await fixture.run();
  assertEquals(driver.text(second), "x");
});

Deno.test("Engine holds an answer to its grammar only after the marker", async () => {
  const fixture = new Fixture();
  const free = new EngineDriver(new FakeBackend()).answer({ prompt: PROMPT });
  const marker = free.whole.slice(4, 7);
  const until = free.whole.slice(0, free.whole.indexOf(marker) + 3);
  const id = fixture.driver.generate({
    prompt: PROMPT,
    schema: "[1]",
    schemaAfter: marker,
    limits: { maxTokens: 40 },
  });
  const driver = await fixture.run();
  assertEquals(driver.text(id), `${until}[1]`);
});

Deno.test("Engine holds an answer to its grammar after thinking that it ended itself", async () => {
  const fixture = new Fixture();
  const close = "</t>";
  const id = fixture.driver.generate({
    prompt: PROMPT,
    schema: "xyz",
    schemaAfter: close,
    thinking: { tokens: 3, open: "", close },
  });
  const text = (await fixture.run()).text(id);
  assertEquals(text.slice(text.indexOf("\n")), `\n${close}xyz`);
});
