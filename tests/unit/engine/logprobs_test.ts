import { assert, assertEquals } from "@std/assert";
import { Distribution } from "../../../src/engine/logprobs.ts";
import { EngineDriver } from "../../testing/engine_driver.ts";
import { FakeBackend, TURN_TEXT } from "../../testing/fake_backend.ts";
import { Random } from "../../testing/random.ts";

function close(actual: number, expected: number): void {
  assert(Math.abs(actual - expected) < 1e-5, `${actual} is not ${expected}`);
}

Deno.test("Distribution tells logarithms of probabilities that sum to 1", () => {
  const logits = Float32Array.of(1, 3, 2, -Infinity, 900);
  const { top } = new Distribution(logits, 2);
  assertEquals(top.map(({ token }) => token), [4, 1]);
  close(top[0]?.logprob ?? NaN, 0);
  close(new Distribution(Float32Array.of(0, 0, 0, 0), 0).logprob(2), -1.386294);
  assertEquals(new Distribution(logits, 0).top, []);
});

Deno.test("Distribution finds what sorting finds", () => {
  const random = new Random(7);
  for (let round = 0; round < 50; round++) {
    const logits = Float32Array.from(
      { length: random.between(1, 300) },
      () => random.between(-50, 50),
    );
    const count = random.between(0, 20);
    const sorted = [...logits].sort((a, b) => b - a).slice(0, count);
    const { top } = new Distribution(logits, count);
    assertEquals(top.map(({ token }) => logits[token]), sorted);
    const all = [...logits.keys()].map((token) =>
      Math.exp(new Distribution(logits, 0).logprob(token))
    );
    close(all.reduce((sum, each) => sum + each, 0), 1);
  }
});

Deno.test("Engine tells log probabilities of the text it shows", () => {
  const driver = new EngineDriver(new FakeBackend());
  const ask = { prompt: "it is so", limits: { maxTokens: 12 }, logprobs: 3 };
  const id = driver.generate(ask);
  driver.run();
  const logprobs = driver.logprobs(id);
  const bytes = logprobs.flatMap((each) => each.bytes);
  assertEquals(
    new TextDecoder().decode(Uint8Array.from(bytes)),
    driver.text(id),
  );
  for (const { token, logprob, top } of logprobs) {
    assertEquals(top.length, 3);
    assertEquals([top[0]?.token, top[0]?.logprob], [token, logprob]);
  }
});

Deno.test("Engine keeps log probabilities back with the text of a stop string", () => {
  const ask = { prompt: "it is so", limits: { maxTokens: 12 } };
  const { whole } = new EngineDriver(new FakeBackend()).answer(ask);
  const stop = whole.slice(3, 6);
  const driver = new EngineDriver(new FakeBackend());
  const limits = { ...ask.limits, stop: [stop] };
  const id = driver.generate({ ...ask, limits, logprobs: 0 });
  driver.run();
  const text = driver.text(id);
  assertEquals(text, whole.slice(0, whole.indexOf(stop)));
  assertEquals(driver.logprobs(id).map(({ token }) => token).join(""), text);
  assertEquals(driver.done(id).stopString, stop);
});

Deno.test("Engine tells log probabilities of a letter that the limit has cut", () => {
  const ask = { prompt: "it is so" };
  const { whole } = new EngineDriver(new FakeBackend())
    .answer({ ...ask, limits: { maxTokens: 40 } });
  const before = whole.slice(0, whole.indexOf("é"));
  const driver = new EngineDriver(new FakeBackend());
  const limits = { maxTokens: before.length + 1 };
  const id = driver.generate({ ...ask, limits, logprobs: 0 });
  driver.run();
  assertEquals(driver.text(id), before);
  assertEquals(driver.logprobs(id).length, limits.maxTokens);
});

Deno.test("Engine spells control tokens out when asked to", () => {
  for (const controlTokens of [false, true]) {
    const backend = new FakeBackend();
    backend.isEndOfGeneration = () => false;
    const turn = backend.tokenize(TURN_TEXT, false)[0] ?? -1;
    const driver = new EngineDriver(backend);
    const createSampler = backend.createSampler.bind(backend);
    backend.createSampler = (params) => {
      const sampler = createSampler(params);
      sampler.sample = () => turn;
      return sampler;
    };
    const ask = { prompt: "x", limits: { maxTokens: 2 }, controlTokens };
    assertEquals(
      driver.answer(ask).whole,
      controlTokens ? TURN_TEXT.repeat(2) : "",
    );
  }
});
