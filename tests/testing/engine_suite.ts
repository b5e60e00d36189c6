/**
 * What an engine does over any backend: run on the fake and on a real model.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Backend } from "../../src/engine/backend.ts";
import { type Ask, EngineDriver, expectEvent } from "./engine_driver.ts";
import { Random } from "./random.ts";

/** What the suite runs on. */
export interface SuiteSubject {
  /** Context of 64 tokens, 4 sequences, batches of 32, shifting, copying. */
  readonly backend: Backend;
  /** A prompt of 20 to 50 tokens whose answer ends by itself, in 40. */
  readonly ending: string;
  /** A prompt of 20 to 50 tokens whose answer does not end. */
  readonly endless: string;
  /** Random mixes of requests to try. */
  readonly mixes: number;
}

type Case = (subject: SuiteSubject) => void;

function sameSeedSameText({ backend, endless: prompt }: SuiteSubject): void {
  const say = (seed: number) => {
    const sampling = { temperature: 1.5, seed };
    return new EngineDriver(backend).answer({ prompt, sampling }).whole;
  };
  assertEquals(say(7), say(7));
  assertNotEquals(say(7), say(8));
}

function prefixIsReused({ backend, endless: prompt }: SuiteSubject): void {
  const driver = new EngineDriver(backend);
  const first = driver.answer({ prompt }).counts;
  assertEquals(first.cached, 0);
  const second = driver.answer({ prompt }).counts;
  assertEquals(second, { ...first, cached: first.computed - 1, computed: 1 });
}

function prefixIsShared({ backend, endless: prompt }: SuiteSubject): void {
  const driver = new EngineDriver(backend);
  const ids = [1, 2, 3].map(() => driver.generate({ prompt }));
  driver.run();
  const [first, ...others] = ids.map((id) => driver.done(id).counts);
  const length = first?.computed ?? 0;
  assertEquals(first?.cached, 0);
  for (const { cached, computed } of others) {
    assertEquals(cached + computed, length);
    // Waiting for the last few tokens would not pay.
    assert(computed <= 16, `${computed} of ${length} tokens computed again`);
  }
}

function cancelTakesOneStep({ backend, endless: prompt }: SuiteSubject): void {
  const driver = new EngineDriver(backend);
  const id = driver.generate({ prompt, limits: { maxTokens: 40 } });
  for (let step = 0; step < 5; step++) {
    driver.step();
  }
  driver.cancel(id);
  const step = driver.step();
  const event = expectEvent(step?.events[0], "cancelled");
  assertEquals(step?.events.length, 1);
  assertEquals(event.counts, step?.totals);
  assert(event.counts.generated > 0);
  assert(!driver.engine.busy);
}

function stopStringEndsAnswer({ backend, endless }: SuiteSubject): void {
  const ask: Ask = { prompt: endless, limits: { maxTokens: 24 } };
  const { whole } = new EngineDriver(backend).answer(ask);
  for (const length of [1, 3, 8]) {
    const from = Math.floor(whole.length / 2);
    const stop = whole.slice(from, from + length);
    const driver = new EngineDriver(backend);
    const stopped = driver.answer({
      ...ask,
      limits: { maxTokens: 24, stop: ["\u0000never", stop] },
    });
    assertEquals(stopped.reason, "stop");
    assertEquals(stopped.whole, whole.slice(0, whole.indexOf(stop)));
    assertEquals(stopped.counts.generated, driver.totals.generated);
  }
}

function lengthEndsAnswer({ backend, endless: prompt }: SuiteSubject): void {
  for (const maxTokens of [0, 1, 5]) {
    const driver = new EngineDriver(backend);
    const done = driver.answer({ prompt, limits: { maxTokens } });
    assertEquals(done.reason, "length");
    assertEquals(done.counts.generated, maxTokens);
    assert(done.counts.computed > 0);
  }
}

function endTokenCounts({ backend, ending: prompt }: SuiteSubject): void {
  const { reason, counts, context = [] } = new EngineDriver(backend)
    .answer({ prompt, limits: { maxTokens: 40 } });
  assertEquals(reason, "stop");
  assert(backend.isEndOfGeneration(context.at(-1) ?? -1));
  assertEquals(context.length, counts.computed + counts.generated);
}

function contextShifts({ backend, endless: prompt }: SuiteSubject): void {
  const { contextLength } = backend.info;
  const maxTokens = 2 * contextLength;
  const driver = new EngineDriver(backend);
  const { reason, counts } = driver.answer({ prompt, limits: { maxTokens } });
  assertEquals(reason, "length");
  assertEquals(counts.generated, maxTokens);
  assertEquals(counts.computed, backend.tokenize(prompt, true).length);
}

function sharedContextShifts({ backend, endless }: SuiteSubject): void {
  const { contextLength } = backend.info;
  const maxTokens = 2 * contextLength;
  const driver = new EngineDriver(backend);
  const prompt = endless.repeat(2);
  const length = backend.tokenize(prompt, true).length;
  const ask = { prompt, limits: { maxTokens } };
  const ids = [driver.generate(ask), driver.generate(ask)];
  driver.run();
  for (const id of ids) {
    const { cached, computed, generated } = driver.done(id).counts;
    assertEquals(generated, maxTokens);
    assertEquals(cached + computed, Math.min(length, contextLength - 1));
  }
  assertEquals(driver.booked(), driver.totals);
}

function fullContextEndsAnswer({ backend, endless }: SuiteSubject): void {
  const { contextLength } = backend.info;
  const { reason, counts } = new EngineDriver(backend).answer({
    prompt: endless,
    limits: { maxTokens: 2 * contextLength, shift: false },
  });
  assertEquals(reason, "length");
  // The last token needs no place: nothing comes after it.
  assertEquals(counts.computed + counts.generated, contextLength + 1);
}

function truncationIsReported({ backend, endless }: SuiteSubject): void {
  const { contextLength } = backend.info;
  const prompt = endless.repeat(6);
  const originalTokens = backend.tokenize(prompt, true).length;
  const { truncation, counts, context = [] } = new EngineDriver(backend)
    .answer({ prompt, limits: { maxTokens: 1 } });
  const keptTokens = contextLength - 1;
  assertEquals(truncation, { originalTokens, keptTokens });
  assertEquals(counts.computed, keptTokens);
  const all = backend.tokenize(prompt, true);
  assertEquals(context.slice(0, 4), all.slice(0, 4));
  assertEquals(context.slice(4, keptTokens), all.slice(4 - keptTokens));
}

function tooLongFails({ backend, endless }: SuiteSubject): void {
  const prompt = endless.repeat(6);
  const driver = new EngineDriver(backend);
  const id = driver.generate({ prompt, limits: { truncate: false } });
  const { error, counts } = expectEvent(driver.run().ended(id), "failed");
  assertEquals(error.kind, "prompt_too_long");
  assertEquals(error.promptTokens, backend.tokenize(prompt, true).length);
  assertEquals(counts, { cached: 0, computed: 0, generated: 0 });
}

function tokensAndBack({ backend }: SuiteSubject): void {
  const driver = new EngineDriver(backend);
  const text = "Grüße, 世界 and 🙂";
  const first = driver.submit((id) => (
    { type: "tokenize", id, text, addSpecial: false }
  ));
  const { tokens } = expectEvent(driver.run().ended(first), "tokenized");
  const second = driver.submit((id) => ({ type: "detokenize", id, tokens }));
  const back = expectEvent(driver.run().ended(second), "detokenized");
  const bytes = Uint8Array.from(back.pieces.flat());
  assertEquals(new TextDecoder().decode(bytes), text);
  assertEquals(driver.totals, { cached: 0, computed: 0, generated: 0 });
}

/** A random request of a mix. */
export function randomAsk(random: Random, prompts: readonly string[]): Ask {
  return {
    prompt: prompts.map((each) => random.chance(0.6) ? each : "")
      .join("").slice(0, random.between(0, 300)),
    sampling: { temperature: random.pick([0, 1]), seed: random.between(0, 9) },
    limits: {
      maxTokens: random.between(0, 90),
      stop: random.chance(0.3) ? [random.pick(["a", "he", "1"])] : [],
      keepTokens: random.between(0, 80),
      truncate: random.chance(0.8),
      shift: random.chance(0.8),
    },
  };
}

/** Requests and cancels at random times, until all have ended. */
export function runMix(
  driver: EngineDriver,
  random: Random,
  submit: () => number,
): number[] {
  const ids: number[] = [];
  for (let step = random.between(1, 60); step > 0; step--) {
    if (random.chance(0.3)) {
      ids.push(submit());
    }
    if (random.chance(0.1)) {
      driver.cancel(random.between(0, ids.length + 1));
    }
    driver.step();
  }
  driver.run();
  return ids;
}

/** Every request of random mixes ends once, and the sums are the totals. */
export function mixesBalance(subject: SuiteSubject): void {
  const { backend, ending, endless, mixes } = subject;
  const prompts = [ending, "and ", endless, "so ", ending];
  for (let seed = 1; seed <= mixes; seed++) {
    const random = new Random(seed);
    const driver = new EngineDriver(backend);
    const ids = runMix(
      driver,
      random,
      () => driver.generate(randomAsk(random, prompts)),
    );
    ids.forEach((id) => driver.ended(id));
    assertEquals(driver.booked(), driver.totals, `seed ${seed}`);
  }
}

const CASES: Readonly<Record<string, Case>> = {
  "says the same with the same seed": sameSeedSameText,
  "counts a reused prefix as cached": prefixIsReused,
  "lets requests share a prefix that is under way": prefixIsShared,
  "cancels within a step": cancelTakesOneStep,
  "ends at a stop string": stopStringEndsAnswer,
  "ends at its length": lengthEndsAnswer,
  "counts the end token": endTokenCounts,
  "shifts a full context": contextShifts,
  "shifts contexts that had a prefix in common": sharedContextShifts,
  "ends with a full context when it may not shift": fullContextEndsAnswer,
  "reports a cut prompt": truncationIsReported,
  "refuses a prompt that may not be cut": tooLongFails,
  "tokenizes and detokenizes without counting": tokensAndBack,
  "ends and counts every request of a mix": mixesBalance,
};

/** Runs every case on the subject. */
export async function engineSuite(
  t: Deno.TestContext,
  subject: SuiteSubject,
): Promise<void> {
  for (const [name, run] of Object.entries(CASES)) {
    await t.step(name, () => run(subject));
  }
}
