import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type {
  GrammarCompiler,
  GrammarMatcher,
} from "../../../src/prompt/grammar.ts";
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
  readonly driver = new EngineDriver(this.backend, {
    createCompiler: () => {
      this.compilers++;
      const matcher = (schema: string): Promise<GrammarMatcher> => {
        if (schema === "bad") {
          return Promise.reject(new Error("what is bad?"));
        }
        const spelling = new Spelling(schema);
        this.matchers.push(spelling);
        return Promise.resolve(spelling as unknown as GrammarMatcher);
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
  assertStringIncludes(error.message, "what is bad?");
  assertEquals(fixture.wakes, 1);
  assertEquals(fixture.backend.samplers.size, 0);
});

Deno.test("Engine ends a request that was cancelled before its grammar was there", async () => {
  const fixture = new Fixture();
  const id = fixture.driver.generate({ prompt: PROMPT, schema: "x" });
  fixture.driver.cancel(id);
  const driver = await fixture.run();
  expectEvent(driver.ended(id), "cancelled");
  assertEquals(fixture.matchers[0]?.disposals, 1);
  assertEquals(fixture.backend.samplers.size, 0);
  assertEquals(driver.totals.computed, 0);
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
