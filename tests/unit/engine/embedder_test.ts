import { assert, assertEquals } from "@std/assert";
import { EngineDriver, expectEvent } from "../../testing/engine_driver.ts";
import { FakeBackend } from "../../testing/fake_backend.ts";
import { runMix } from "../../testing/engine_suite.ts";
import { Random } from "../../testing/random.ts";

function driverOf(backend: FakeBackend): EngineDriver {
  return new EngineDriver(backend, { embedding: true });
}

function decode(vector: string): number[] {
  const bytes = Uint8Array.from(atob(vector), (each) => each.charCodeAt(0));
  return [...new Float32Array(bytes.buffer)];
}

Deno.test("Embedder answers a vector for each input, in order", () => {
  const backend = new FakeBackend();
  backend.vector = (tokens) => [tokens.length, 0.5];
  const driver = driverOf(backend);
  const id = driver.embed(["a", "bcd", [1, 2], ""]);
  const other = driver.embed(["hello"]);
  driver.run();
  const event = expectEvent(driver.ended(id), "embedded");
  assertEquals(event.vectors.map(decode), [[2, 0.5], [4, 0.5], [2, 0.5], [
    1,
    0.5,
  ]]);
  assertEquals(event.counts, { cached: 0, computed: 9, generated: 0 });
  const second = expectEvent(driver.ended(other), "embedded");
  assertEquals(second.vectors.map(decode), [[6, 0.5]]);
  assertEquals(driver.totals.computed, 15);
});

Deno.test("Embedder answers no inputs with no vectors", () => {
  const driver = driverOf(new FakeBackend());
  const id = driver.embed([]);
  assertEquals(expectEvent(driver.run().ended(id), "embedded").vectors, []);
});

Deno.test("Embedder cuts a long input before its last token, or refuses it", () => {
  const backend = new FakeBackend({ contextLength: 8 });
  let seen: readonly number[] = [];
  backend.vector = (tokens) => [(seen = tokens).length, 0];
  const driver = driverOf(backend);
  const tokens = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const cut = driver.embed([tokens]);
  const refused = driver.embed(["fits", tokens], false);
  driver.run();
  assertEquals(expectEvent(driver.ended(cut), "embedded").counts.computed, 8);
  assertEquals(seen, [1, 2, 3, 4, 5, 6, 7, 10]);
  assertEquals(expectEvent(driver.ended(refused), "failed").error, {
    kind: "bad_request",
    message: "the input length exceeds the context length",
  });
});

Deno.test("Embedder refuses a context that only holds what every text is given", () => {
  for (const [contextLength, ended] of [[1, "failed"], [2, "embedded"]]) {
    const backend = new FakeBackend({ contextLength: Number(contextLength) });
    const driver = driverOf(backend);
    const id = driver.embed(["abc"]);
    const event = driver.run().ended(id);
    assertEquals(event.type, ended);
    if (event.type === "failed") {
      assertEquals(event.error, {
        kind: "bad_request",
        message: "input after truncation exceeds maximum context length",
      });
    }
  }
});

Deno.test("Embedder tells how far it is and can be cancelled", () => {
  const driver = driverOf(new FakeBackend({ parallel: 2 }));
  const id = driver.embed(["a", "b", "c", "d", "e"]);
  driver.step();
  const progress = driver.events.get(id)?.[0];
  assertEquals(progress?.type, "progress");
  driver.cancel(id);
  driver.run();
  const { counts } = expectEvent(driver.ended(id), "cancelled");
  assertEquals(counts, { cached: 0, computed: 4, generated: 0 });
  assertEquals(driver.totals, counts);
});

Deno.test("Embedder fails what has no finite vector, and only that", () => {
  const backend = new FakeBackend();
  backend.vector = (tokens) => [tokens.includes(110) ? NaN : 1];
  const driver = driverOf(backend);
  const bad = driver.embed(["no"]);
  const good = driver.embed(["yes"]);
  driver.run();
  const { error, counts } = expectEvent(driver.ended(bad), "failed");
  assertEquals(error, {
    kind: "internal",
    message: "embedding contains NaN or Inf values",
  });
  assertEquals(counts.computed, 3);
  assertEquals(driver.ended(good).type, "embedded");
  assertEquals(driver.booked(), driver.totals);
});

Deno.test("Embedder fails those whose inputs were in a failed decode, and only those", () => {
  const backend = new FakeBackend({ parallel: 2 });
  backend.vector = (tokens) => {
    if (tokens.includes(110)) {
      throw new Error("the device is on fire");
    }
    return [1];
  };
  const driver = driverOf(backend);
  const ids = [["no"], ["on"], ["yes"]].map((inputs) => driver.embed(inputs));
  driver.run();
  const ends = ids.map((id) => driver.ended(id));
  assertEquals(ends.map(({ type }) => type), ["failed", "failed", "embedded"]);
  const { error } = expectEvent(ends[0], "failed");
  assertEquals(
    error.message,
    "an error was encountered while running the model: the device is on fire",
  );
  assertEquals(driver.booked(), driver.totals);
});

Deno.test("Embedder balances over any mix with cancels and failures", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed);
    const backend = new FakeBackend({ parallel: random.between(1, 4) });
    backend.vector = () => {
      if (random.chance(0.02)) {
        throw new Error("the device is on fire");
      }
      return [random.chance(0.02) ? Infinity : 1];
    };
    const driver = driverOf(backend);
    const ids = runMix(driver, random, () => {
      const count = random.between(0, 12);
      const inputs = Array.from(
        { length: count },
        () => "x".repeat(random.between(0, 100)),
      );
      return driver.embed(inputs, random.chance(0.8));
    });
    ids.forEach((id) => driver.ended(id));
    assertEquals(driver.booked(), driver.totals, `seed ${seed}`);
    assert(!driver.engine.busy);
  }
});
