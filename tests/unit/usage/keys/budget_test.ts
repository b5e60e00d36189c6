import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ServerError } from "../../../../src/errors.ts";
import { Budget, type KeyUsage } from "../../../../src/usage/keys/budget.ts";
import type { ApiKey } from "../../../../src/usage/keys/key.ts";
import { entryWith } from "../../../testing/entries.ts";

const NOTHING: KeyUsage = { tokens: 0, requests: 0 };

function keyWith(changes: Partial<ApiKey>): ApiKey {
  return {
    name: "team",
    hash: "",
    admin: false,
    tokens: {},
    requests: {},
    createdAt: "",
    ...changes,
  };
}

function budgetAfter(before: KeyUsage): Budget {
  return new Budget("team", () => Promise.resolve(before));
}

/** A request that ended just now, with this many tokens. */
function ended(tokens: number) {
  const now = Date.now();
  return entryWith({
    endedAt: now,
    cached: 0,
    computed: tokens,
    generated: 0,
  });
}

Deno.test("Budget tells what is spent and when to come back", async () => {
  const budget = budgetAfter({ tokens: 100, requests: 3 });
  const error = await assertRejects(
    () => budget.admit(keyWith({ tokens: { day: 100 } })),
    ServerError,
    'the key "team" may use 100 tokens a day, and none are left',
  );
  assertEquals(error.kind, "rate_limited");
  assert(error.retryAfter! >= 1 && error.retryAfter! <= 86_400);
  await assertRejects(
    () => budget.admit(keyWith({ requests: { month: 3 } })),
    ServerError,
    "3 requests a month",
  );
  await budget.admit(keyWith({ tokens: { day: 101 }, requests: { day: 4 } }));
});

Deno.test("Budget counts requests under way", async () => {
  const budget = budgetAfter(NOTHING);
  const key = keyWith({ requests: { day: 2 } });
  await budget.admit(key);
  await budget.admit(key);
  await assertRejects(() => budget.admit(key), ServerError);
  budget.add(ended(1));
  budget.leave();
  await assertRejects(() => budget.admit(key), ServerError);
  budget.leave();
  await budget.admit(key);
});

Deno.test("Budget never lets more begin than one request too many", async () => {
  const budget = budgetAfter(NOTHING);
  const key = keyWith({ tokens: { day: 1000 } });
  const most = 90;
  let generated = 0;
  let refused = 0;
  const ask = async () => {
    try {
      await budget.admit(key);
      try {
        budget.reserve(key, most);
      } catch (error) {
        budget.leave();
        throw error;
      }
    } catch {
      refused++;
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    generated += most;
    budget.add(ended(most));
    budget.release(most);
    budget.leave();
  };
  await Promise.all(Array.from({ length: 50 }, ask));
  assert(generated >= 1000 && generated <= 1000 + most, String(generated));
  assertEquals(refused, 50 - generated / most);
});

Deno.test("Budget.left() is what nobody has used or set aside", async () => {
  const budget = budgetAfter({ tokens: 100, requests: 3 });
  const key = keyWith({ tokens: { day: 1000, month: 500 } });
  await budget.admit(key);
  budget.reserve(key, 50);
  assertEquals(budget.left(key), 350);
  assertEquals(budgetAfter(NOTHING).left(key), Infinity);
});

Deno.test("Budget waits until it knows what was used before", async () => {
  const known = Promise.withResolvers<KeyUsage>();
  let asked = 0;
  const budget = new Budget("team", () => {
    asked++;
    return known.promise;
  });
  const key = keyWith({ tokens: { day: 100 } });
  const first = budget.admit(key);
  const second = budget.admit(key);
  budget.add(ended(40));
  known.resolve({ tokens: 60, requests: 1 });
  await assertRejects(() => first, ServerError);
  await assertRejects(() => second, ServerError);
  assertEquals(asked, 1);
  assertThrows(() => budget.reserve(key, 1), ServerError);
});
