import { assert, assertEquals } from "@std/assert";
import {
  type Allocation,
  commonPrefix,
  type Slot,
  Slots,
} from "../../../src/engine/slots.ts";
import {
  FakeBackend,
  type FakeBackendOptions,
} from "../../testing/fake_backend.ts";
import { Random } from "../../testing/random.ts";

/** Slots over a cache, and what an engine does with them. */
class Fixture {
  readonly backend: FakeBackend;
  readonly slots: Slots;

  constructor(options: FakeBackendOptions = {}) {
    this.backend = new FakeBackend({ batchSize: 64, ...options });
    this.slots = new Slots(this.backend.info.parallel, this.backend);
  }

  /** A slot for the prompt; the test fails when there is none. */
  allocate(prompt: readonly number[]): Allocation {
    const allocation = this.slots.allocate(prompt);
    assert(allocation !== undefined, "there is a slot");
    const { slot, cached } = allocation;
    assertEquals(slot.tokens, prompt.slice(0, cached));
    assertEquals(this.backend.held(slot.sequence), slot.tokens);
    return allocation;
  }

  /** Evaluates the next tokens of a slot. */
  evaluate(slot: Slot, tokens: readonly number[]): void {
    this.backend.decode(
      tokens.map((token, index) => ({
        token,
        position: slot.tokens.length + index,
        sequence: slot.sequence,
        output: false,
      })),
    );
    slot.tokens.push(...tokens);
  }

  /** Serves a whole prompt and gives its slot back. */
  serve(prompt: readonly number[]): Allocation {
    const allocation = this.allocate(prompt);
    this.evaluate(allocation.slot, prompt.slice(allocation.cached));
    this.slots.release(allocation.slot);
    return allocation;
  }
}

/** Tokens that begin with `length` times `token`. */
function tokens(token: number, length: number, ...more: number[]): number[] {
  return [...Array<number>(length).fill(token), ...more];
}

Deno.test("commonPrefix() counts what two lists begin with", () => {
  assertEquals(commonPrefix([1, 2, 3], [1, 2, 4, 5]), 2);
  assertEquals(commonPrefix([], [1]), 0);
  assertEquals(commonPrefix([1, 2], [1, 2]), 2);
});

Deno.test("Slots.allocate() leaves the last token to be evaluated", () => {
  const fixture = new Fixture();
  assertEquals(fixture.serve(tokens(1, 20)).cached, 0);
  assertEquals(fixture.serve(tokens(1, 20)).cached, 19);
});

Deno.test("Slots.allocate() goes on in the slot that holds the conversation", () => {
  const fixture = new Fixture();
  const first = fixture.serve(tokens(1, 20));
  fixture.serve(tokens(2, 20));
  const next = fixture.serve(tokens(1, 20, 5, 6, 7));
  assertEquals([next.slot, next.cached], [first.slot, 20]);
});

Deno.test("Slots.allocate() copies a prefix rather than lose a long conversation", () => {
  const fixture = new Fixture();
  const long = tokens(1, 20, ...tokens(2, 40));
  const first = fixture.serve(long);
  const other = fixture.serve(tokens(1, 20, 9));
  assert(other.slot !== first.slot);
  assertEquals(other.cached, 20);
  assertEquals(fixture.serve([...long, 3]).cached, 60);
});

Deno.test("Slots.allocate() keeps apart conversations that begin alike and take turns", () => {
  const fixture = new Fixture({
    parallel: 3,
    batchSize: 256,
    contextLength: 256,
  });
  const shared = tokens(1, 100);
  const conversations = [tokens(2, 40), tokens(3, 40), tokens(4, 40)]
    .map((own) => [...shared, ...own]);
  const cached = () =>
    conversations.map((conversation) => {
      conversation.push(5, 6);
      return fixture.serve(conversation).cached;
    });
  assertEquals(cached(), [0, 100, 100]);
  assertEquals(cached(), [142, 142, 142]);
  assertEquals(cached(), [144, 144, 144]);
});

Deno.test("Slots.allocate() stays where only an answer is taken back", () => {
  const fixture = new Fixture({ batchSize: 256, contextLength: 256 });
  const { slot } = fixture.allocate(tokens(1, 60));
  fixture.evaluate(slot, tokens(1, 60, ...tokens(2, 100)));
  fixture.slots.release(slot);
  const next = fixture.allocate(tokens(1, 60, 3));
  assertEquals([next.slot, next.cached], [slot, 60]);
});

Deno.test("Slots.allocate() copies from a busy slot", () => {
  const fixture = new Fixture();
  const prompt = tokens(1, 30);
  const { slot } = fixture.allocate(prompt);
  fixture.evaluate(slot, prompt);
  const { cached } = fixture.allocate([...prompt, 7]);
  assertEquals(cached, 30);
});

Deno.test("Slots.allocate() waits for a long prefix that is under way", () => {
  const fixture = new Fixture();
  const prompt = tokens(1, 30);
  const { slot } = fixture.allocate(prompt);
  assertEquals(fixture.slots.allocate(prompt), undefined);
  fixture.evaluate(slot, prompt.slice(0, 10));
  assertEquals(fixture.slots.allocate(prompt), undefined);
  fixture.evaluate(slot, prompt.slice(10));
  assertEquals(fixture.allocate(prompt).cached, 29);
});

Deno.test("Slots.allocate() does not wait for a short prefix or a failed one", () => {
  const fixture = new Fixture();
  const { slot } = fixture.allocate(tokens(1, 30));
  assertEquals(fixture.allocate(tokens(1, 10, 2)).cached, 0);
  fixture.slots.release(slot);
  assertEquals(fixture.allocate(tokens(1, 30)).cached, 0);
});

Deno.test("Slots.allocate() has nothing when all are busy", () => {
  const fixture = new Fixture({ parallel: 2 });
  const { slot } = fixture.allocate([1, 2]);
  fixture.allocate([3, 4]);
  assertEquals(fixture.slots.allocate([5, 6]), undefined);
  fixture.slots.release(slot);
  assertEquals(fixture.allocate([5, 6]).slot, slot);
});

Deno.test("Slots.allocate() takes the slot used longest ago", () => {
  const fixture = new Fixture({ parallel: 3 });
  const used = [1, 2, 3].map((token) => fixture.serve(tokens(token, 20)).slot);
  fixture.serve(tokens(1, 20));
  assertEquals(fixture.allocate(tokens(9, 20)).slot, used[1]);
});

Deno.test("Slots.allocate() starts anew where the cache cannot be cut", () => {
  const fixture = new Fixture({
    canTruncate: false,
    canCopy: false,
    parallel: 1,
  });
  fixture.serve(tokens(1, 20));
  assertEquals(fixture.serve(tokens(1, 20, 2)).cached, 20);
  assertEquals(fixture.serve(tokens(1, 15, 3)).cached, 0);
});

Deno.test("Slots.allocate() copies only what is worth the copy", () => {
  const fixture = new Fixture();
  fixture.backend.copyTokens = 5;
  const { slot } = fixture.serve(tokens(1, 60));
  assertEquals(fixture.serve(tokens(1, 10, 3)).cached, 0);
  const copy = fixture.serve(tokens(1, 31, 4));
  assertEquals(copy.cached, 31);
  assert(copy.slot !== slot);
});

Deno.test("Slots.clearAll() forgets everything", () => {
  const fixture = new Fixture();
  fixture.serve(tokens(1, 20));
  fixture.slots.clearAll();
  assertEquals(fixture.serve(tokens(1, 20)).cached, 0);
});

Deno.test("Slots never say more is cached than the cache holds", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const fixture = new Fixture({
      canTruncate: random.chance(0.7),
      canCopy: random.chance(0.7),
    });
    const busy: Slot[] = [];
    for (let step = 0; step < 60; step++) {
      const prompt = Array.from(
        { length: random.between(1, 4) },
        () => tokens(random.between(1, 2), random.between(1, 15)),
      ).flat();
      if (random.chance(0.5)) {
        const allocation = fixture.slots.allocate(prompt);
        if (allocation !== undefined) {
          const { slot, cached } = allocation;
          assert(cached < prompt.length);
          assertEquals(fixture.backend.held(slot.sequence), slot.tokens);
          assertEquals(slot.tokens, prompt.slice(0, cached));
          const rest = prompt.slice(cached);
          fixture.evaluate(slot, rest.slice(0, random.between(1, 60)));
          busy.push(slot);
        }
      } else {
        const [slot] = busy.splice(random.between(0, busy.length), 1);
        slot && fixture.slots.release(slot);
      }
    }
  }
});

Deno.test("Slots.allocate() gives neighbours to those who work side by side", () => {
  const fixture = new Fixture({ parallel: 8 });
  const busy = Array.from(
    { length: 8 },
    (_, index) => fixture.allocate(tokens(index, 4)).slot,
  );
  // By age alone the slots would be 3, 0, 6.
  for (const index of [3, 0, 6, 1, 4, 7, 2, 5]) {
    fixture.slots.release(busy[index] as Slot);
  }
  const taken = [10, 11, 12].map((token) =>
    fixture.allocate(tokens(token, 4)).slot.sequence
  );
  assertEquals(taken, [3, 4, 2]);
});

Deno.test("Slots.allocate() fills the gap between those who work", () => {
  const fixture = new Fixture({ parallel: 5 });
  const busy = Array.from(
    { length: 5 },
    (_, index) => fixture.allocate(tokens(index, 4)).slot,
  );
  [1, 4, 2].forEach((index) => fixture.slots.release(busy[index] as Slot));
  fixture.allocate(tokens(9, 4));
  assertEquals(fixture.allocate(tokens(8, 4)).slot.sequence, 2);
});

Deno.test("Slots.allocate() scatters rather than lose a long conversation", () => {
  const fixture = new Fixture({ batchSize: 512, contextLength: 512 });
  fixture.backend.copyTokens = 1000;
  const long = tokens(1, 500);
  const first = fixture.serve(long);
  const second = fixture.serve(tokens(2, 4));
  const third = fixture.allocate(tokens(3, 4));
  assertEquals(
    [first, second, third].map(({ slot }) => slot.sequence),
    [0, 1, 2],
  );
  const neighbour = fixture.allocate([...long, 7]);
  assertEquals([neighbour.slot, neighbour.cached], [first.slot, 500]);
});
