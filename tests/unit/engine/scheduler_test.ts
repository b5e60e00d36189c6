import { assert, assertEquals } from "@std/assert";
import { schedule, type StepBudget } from "../../../src/engine/scheduler.ts";
import { Random } from "../../testing/random.ts";

interface Request {
  readonly name: string;
  readonly pending: number;
  readonly generating: boolean;
}

function generating(name: string): Request {
  return { name, pending: 1, generating: true };
}

function prompt(name: string, pending: number): Request {
  return { name, pending, generating: false };
}

/** The plan as `name:count`. */
function plan(
  running: readonly Request[],
  limits: Partial<StepBudget> = {},
  shortestFirst = false,
): string {
  const budget = {
    batchSize: 32,
    promptTokens: 8,
    enoughPrompts: Infinity,
    ...limits,
  };
  return schedule(running, budget, shortestFirst)
    .map(({ sequence, count }) => `${sequence.name}:${count}`).join(" ");
}

Deno.test("schedule() plans nothing for nobody", () => {
  assertEquals(plan([]), "");
});

Deno.test("schedule() gives prompts the whole batch, first come, first served", () => {
  assertEquals(plan([prompt("a", 20), prompt("b", 20)]), "a:20 b:12");
  assertEquals(plan([prompt("a", 99), prompt("b", 1)]), "a:32");
});

Deno.test("schedule() puts those who generate first and limits prompts", () => {
  assertEquals(
    plan([prompt("a", 20), generating("b"), generating("c")]),
    "b:1 c:1 a:8",
  );
  assertEquals(
    plan([prompt("a", 3), generating("b"), prompt("c", 20)]),
    "b:1 a:3 c:5",
  );
});

Deno.test("schedule() lets prompts join until there are enough tokens", () => {
  const running = [prompt("a", 10), prompt("b", 10), prompt("c", 10)];
  assertEquals(plan(running, { enoughPrompts: 10 }), "a:10");
  assertEquals(plan(running, { enoughPrompts: 11 }), "a:10 b:10");
  assertEquals(plan([prompt("a", 40)], { enoughPrompts: 5 }), "a:32");
});

Deno.test("schedule() takes the shortest prompt first when asked to", () => {
  const running = [prompt("a", 40), generating("g"), prompt("b", 5)];
  assertEquals(plan(running), "g:1 a:8");
  assertEquals(plan(running, {}, true), "g:1 b:5 a:3");
});

Deno.test("schedule() keeps to the batch when there is no room for prompts", () => {
  const many = [..."abc"].map(generating);
  assertEquals(
    plan([...many, prompt("d", 5)], { batchSize: 3 }),
    "a:1 b:1 c:1",
  );
  assertEquals(plan(many, { batchSize: 2 }), "a:1 b:1");
});

Deno.test("schedule() keeps to every limit, whoever runs", () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = new Random(seed);
    const running = Array.from(
      { length: random.between(0, 12) },
      (_, index) =>
        random.chance(0.5)
          ? generating(`${index}`)
          : prompt(`${index}`, random.between(1, 60)),
    );
    const budget = {
      batchSize: random.between(1, 40),
      promptTokens: random.between(1, 20),
      enoughPrompts: random.between(1, 40),
    };
    const chunks = schedule(running, budget, random.chance(0.5));
    const sum = (of: typeof chunks) =>
      of.reduce((total, each) => total + each.count, 0);
    const prompts = chunks.filter(({ sequence }) => !sequence.generating);
    assert(sum(chunks) <= budget.batchSize);
    if (prompts.length < chunks.length) {
      assert(sum(prompts) <= budget.promptTokens);
    }
    assert(
      chunks.every(({ sequence, count }) =>
        count > 0 && count <= sequence.pending
      ),
    );
    assertEquals(
      new Set(chunks.map((each) => each.sequence)).size,
      chunks.length,
    );
    assertEquals(chunks.length > 0, running.length > 0);
  }
});
