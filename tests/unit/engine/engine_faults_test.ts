import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { TokenCounts } from "../../../src/generation.ts";
import type { EngineCommand, EngineSpec } from "../../../src/messages.ts";
import {
  type Ask,
  EngineDriver,
  expectEvent,
} from "../../testing/engine_driver.ts";
import { randomAsk, runMix } from "../../testing/engine_suite.ts";
import {
  FakeBackend,
  type FakeBackendOptions,
} from "../../testing/fake_backend.ts";
import { Random } from "../../testing/random.ts";

const PROMPT = "the quick brown fox jumps over";
const PROMPTS = [PROMPT, "and ", "why is the sky blue? ", "<|turn|>", PROMPT];
const NOTHING: TokenCounts = { cached: 0, computed: 0, generated: 0 };

/** What an answer must be, whatever the cache can do and held before. */
function fresh(ask: Ask, options: FakeBackendOptions): string {
  return new EngineDriver(new FakeBackend(options)).answer(ask).whole;
}

const CACHES: Readonly<Record<string, FakeBackendOptions>> = {
  "that can do everything": {},
  "that cannot be cut": { canTruncate: false, canShift: false },
  "that cannot copy": { canCopy: false },
  "that cannot shift": { canShift: false },
  "that is recurrent": { canTruncate: false, canCopy: false, canShift: false },
  "of one sequence": { parallel: 1 },
  "of tiny contexts": { contextLength: 12 },
};

for (const [name, options] of Object.entries(CACHES)) {
  Deno.test(`Engine balances over any mix on a cache ${name}`, () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = new Random(seed);
      const backend = new FakeBackend(options);
      const driver = new EngineDriver(backend);
      const ids = runMix(
        driver,
        random,
        () => driver.generate(randomAsk(random, PROMPTS)),
      );
      ids.forEach((id) => driver.ended(id));
      assertEquals(driver.booked(), driver.totals, `seed ${seed}`);
      assertEquals(backend.samplers.size, 0, `seed ${seed}: samplers leak`);
    }
  });
}

Deno.test("Engine says the same whatever the cache holds", () => {
  for (const options of Object.values(CACHES)) {
    const random = new Random(4);
    const driver = new EngineDriver(new FakeBackend(options));
    const asks: Ask[] = Array.from({ length: 40 }, () => {
      const ask = randomAsk(random, PROMPTS);
      return { ...ask, limits: { ...ask.limits, shift: false } };
    }).filter(({ prompt }) => prompt !== "");
    const ids = asks.map((ask) => driver.generate(ask));
    driver.run();
    asks.forEach((ask, index) => {
      const id = ids[index] ?? 0;
      if (driver.ended(id).type === "done") {
        assertEquals(driver.text(id), fresh(ask, options));
      }
    });
  }
});

Deno.test("Engine balances when decodes fail at any time", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed);
    const backend = new FakeBackend();
    backend.beforeDecode = () => {
      if (random.chance(0.05)) {
        throw new Error("the device is on fire");
      }
    };
    const driver = new EngineDriver(backend);
    const ids = runMix(
      driver,
      random,
      () => driver.generate(randomAsk(random, PROMPTS)),
    );
    ids.forEach((id) => driver.ended(id));
    assertEquals(driver.booked(), driver.totals, `seed ${seed}`);
    assertEquals(backend.samplers.size, 0, `seed ${seed}: samplers leak`);
  }
});

Deno.test("Engine balances when the library fails in any call", () => {
  const methods = ["piece", "isEndOfGeneration", "copyPrefix"] as const;
  for (const method of methods) {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new Random(seed);
      const backend = new FakeBackend();
      const original = backend[method].bind(backend) as () => never;
      backend[method] = (...args: never[]) => {
        if (random.chance(0.02)) {
          throw new Error("out of memory");
        }
        return original(...args as []);
      };
      const driver = new EngineDriver(backend);
      const ids = runMix(
        driver,
        random,
        () => driver.generate(randomAsk(random, PROMPTS)),
      );
      ids.forEach((id) => driver.ended(id));
      assertEquals(driver.booked(), driver.totals, `${method}, seed ${seed}`);
    }
  }
});

Deno.test("Engine answers a failed decode and goes on", () => {
  const backend = new FakeBackend();
  const driver = new EngineDriver(backend);
  driver.generate({ prompt: "before" });
  driver.run();
  backend.beforeDecode = () => {
    throw new Error("the device is on fire");
  };
  const id = driver.generate({ prompt: PROMPT });
  driver.run();
  const { error } = expectEvent(driver.ended(id), "failed");
  assertEquals(error, {
    kind: "internal",
    message: "an error was encountered while running the model: " +
      "the device is on fire",
  });
  backend.beforeDecode = () => {};
  assertEquals(
    driver.answer({ prompt: PROMPT }).whole,
    fresh({ prompt: PROMPT }, {}),
  );
});

Deno.test("Engine fails nobody who only waits when a decode fails", () => {
  const backend = new FakeBackend();
  const driver = new EngineDriver(backend);
  let failures = 1;
  backend.beforeDecode = () => {
    if (failures-- > 0) {
      throw new Error("the device is on fire");
    }
  };
  const { parallel } = backend.info;
  const ids = Array.from(
    { length: parallel + 3 },
    () => driver.generate({ prompt: PROMPT }),
  );
  driver.run();
  const ends = ids.map((id) => driver.ended(id).type);
  const failed = ends.filter((type) => type === "failed").length;
  assert(failed >= 1 && failed <= parallel, String(ends));
  assertEquals(ends.slice(parallel), ["done", "done", "done"]);
  assertEquals(driver.booked(), driver.totals);
  assertEquals(backend.samplers.size, 0);
});

Deno.test("Engine ends whoever cannot be given a slot, and goes on", () => {
  const backend = new FakeBackend();
  const driver = new EngineDriver(backend);
  driver.generate({ prompt: PROMPT });
  driver.run();
  let failures = 1;
  const original = backend.truncateSequence.bind(backend);
  backend.truncateSequence = (...args) => {
    if (failures-- > 0) {
      throw new Error("no memory");
    }
    return original(...args);
  };
  const ids = ["why?", "so", PROMPT].map((prompt) =>
    driver.generate({ prompt })
  );
  driver.run();
  const ends = ids.map((id) => driver.ended(id).type);
  assertEquals(ends, ["failed", "done", "done"]);
  assertEquals(driver.booked(), driver.totals);
});

Deno.test("Engine refuses an empty prompt and one for an embedding model", () => {
  const driver = new EngineDriver(new FakeBackend());
  const empty = driver.generate({ prompt: [[]] });
  const embed = driver.embed(["x"]);
  driver.run();
  const other = new EngineDriver(new FakeBackend(), { embedding: true });
  const generate = other.generate({ prompt: "x" });
  other.run();
  const errors = [
    driver.ended(empty),
    driver.ended(embed),
    other.ended(generate),
  ].map((event) => expectEvent(event, "failed").error);
  assertEquals(errors, [
    { kind: "bad_request", message: "the prompt has no tokens" },
    {
      kind: "bad_request",
      message: "this model does not support embeddings",
    },
    { kind: "bad_request", message: "this model does not generate" },
  ]);
});

Deno.test("Engine refuses tokens the model does not have, and nobody else's", () => {
  const driver = new EngineDriver(new FakeBackend());
  const good = driver.generate({ prompt: PROMPT });
  const tokens = [[259], [-1], [1.5], [NaN], ["a" as unknown as number]];
  const ids = tokens.map((each) => driver.generate({ prompt: [each] }));
  driver.run();
  for (const id of ids) {
    const { error } = expectEvent(driver.ended(id), "failed");
    assertEquals(error.kind, "bad_request");
    assertStringIncludes(error.message, "there is no token");
  }
  assertEquals(driver.done(good).counts.generated, 16);
});

Deno.test("Engine tells samplers of the prompt's end when there are penalties", () => {
  const cases = [
    [{}, ""],
    [{ repeatPenalty: 1.1, repeatLastN: 3 }, "fox"],
    [{ presencePenalty: 1, repeatLastN: -1 }, "a fox"],
    [{ frequencyPenalty: 1, repeatLastN: 0 }, ""],
  ] as const;
  for (const [sampling, accepted] of cases) {
    const backend = new FakeBackend();
    const prompt = [[...new TextEncoder().encode("a fox")]];
    new EngineDriver(backend).answer({ prompt, sampling });
    assertEquals(String.fromCharCode(...backend.accepted), accepted);
  }
});

Deno.test("Engine stalls nobody who generates for a long prompt", () => {
  const sizes: number[] = [];
  const backend = new FakeBackend();
  backend.beforeDecode = (batch) => sizes.push(batch.length);
  const driver = new EngineDriver(backend);
  const first = driver.generate({ prompt: "x", limits: { maxTokens: 20 } });
  driver.step();
  const second = driver.generate({ prompt: "y".repeat(60) });
  for (let step = 0; step < 4; step++) {
    driver.step();
  }
  assertEquals(sizes, [2, 17, 17, 17, 14]);
  assertEquals(driver.events.get(first)?.length, 5);
  assertEquals(driver.run().done(second).counts.computed, 61);
});

Deno.test("Engine.submit() never throws, and answers whatever has an id", () => {
  const good = {
    type: "generate",
    prompt: ["x"],
    sampling: { temperature: 0, repeatPenalty: 1 },
    limits: { stop: [], keepTokens: 4, truncate: true, shift: true },
    wantContext: false,
  };
  const bad: unknown[] = [
    { type: "generate" },
    { ...good, prompt: undefined },
    { ...good, prompt: 7 },
    { ...good, prompt: [{}] },
    { ...good, prompt: [["a"]] },
    { ...good, prompt: [[null]] },
    { ...good, sampling: null },
    { ...good, limits: undefined },
    { ...good, limits: { ...good.limits, stop: null } },
    { type: "tokenize" },
    { type: "detokenize", tokens: "abc" },
    { type: "detokenize", tokens: null },
    { type: "detokenize", tokens: [259] },
    { type: "embed" },
    { type: "dance" },
    {},
  ];
  const backend = new FakeBackend();
  const driver = new EngineDriver(backend);
  for (const command of bad) {
    const id = driver.submit((id) => (
      { ...command as object, id } as EngineCommand
    ));
    driver.run();
    assertEquals(driver.ended(id).type, "failed", JSON.stringify(command));
  }
  assertEquals(backend.samplers.size, 0);
  assertEquals(driver.booked(), driver.totals);
});

Deno.test("Engine.submit() bears what has no id", () => {
  const backend = new FakeBackend();
  const driver = new EngineDriver(backend);
  const commands: unknown[] = [
    null,
    undefined,
    7,
    "generate",
    [],
    {},
    { type: "cancel" },
    { type: "cancel", id: 99 },
    { type: "threads", count: 3 },
    { type: "load", spec: {} as EngineSpec },
  ];
  for (const command of commands) {
    driver.engine.submit(command as EngineCommand);
  }
  assert(!driver.engine.busy);
  assertEquals(driver.step(), undefined);
  assertEquals(backend.threads, 3);
  assertEquals(driver.totals, NOTHING);
});
