import { assertEquals, assertRejects } from "@std/assert";
import { ServerError } from "../../../../src/errors.ts";
import type { Caller } from "../../../../src/generation.ts";
import type { Claim, Verdict } from "../../../../src/usage/keys/claim.ts";
import { createKey } from "../../../../src/usage/keys/key_file.ts";
import { KeyLimits } from "../../../../src/usage/keys/key_limits.ts";
import { Keyring } from "../../../../src/usage/keys/keyring.ts";
import { UsageDatabase } from "../../../../src/usage/store/usage_database.ts";
import { archiveOf } from "../../../testing/archive.ts";
import { entryWith } from "../../../testing/entries.ts";

/** Limits of a key with 100 tokens a month; `answer` is the other servers'. */
async function withLimits(
  answer: ((claim: Claim) => Verdict | undefined) | undefined,
  run: (limits: KeyLimits, claims: readonly Claim[]) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/keys.json`;
  const tokens = { month: 100 };
  createKey(path, { name: "team", admin: false, tokens, requests: {} });
  const database = new UsageDatabase({ server: "here", run: "1" });
  const claims: Claim[] = [];
  const reserve = (claim: Claim) => {
    claims.push(claim);
    return Promise.resolve(answer?.(claim));
  };
  const shared = answer === undefined ? undefined : { reserve, flush() {} };
  const keyring = new Keyring(path);
  await run(new KeyLimits(keyring, archiveOf(database), shared), claims);
  database.close();
  await Deno.remove(folder, { recursive: true });
}

function caller(id: string): Caller {
  return { id, endpoint: "/api/chat", key: "team", endUser: "" };
}

Deno.test("KeyLimits keeps what a request has set aside until its last generation has ended", () =>
  withLimits(undefined, async (limits) => {
    const request = caller("1");
    const [first, second] = await Promise.all([
      limits.admit(request),
      limits.admit(request),
    ]);
    await first.reserve(60);
    await second.reserve(60);
    first.end();
    await assertRejects(() => limits.admit(caller("2")), ServerError);
    limits.add(entryWith({ key: "team", endedAt: Date.now() }));
    second.end();
    await limits.admit(caller("3"));
  }));

Deno.test("KeyLimits calls ample what is little beside what is left", () =>
  withLimits(undefined, async (limits) => {
    const { isAmple, reserve } = await limits.admit(caller("1"));
    assertEquals([isAmple(1), isAmple(2)], [true, false]);
    await reserve(60);
    assertEquals(isAmple(1), false);
  }));

Deno.test("KeyLimits asks the other servers, for the request and then for its tokens", () =>
  withLimits(() => ({ used: [] }), async (limits, claims) => {
    const allowance = await limits.admit(caller("1"));
    await allowance.reserve(60);
    assertEquals(
      claims.map((
        { id, key, tokens, requests },
      ) => [id, key, tokens, requests]),
      [["1", "team", 0, 1], ["1", "team", 60, 0]],
    );
    assertEquals(
      claims[0]?.limits.map(({ period, tokens }) => [period, tokens]),
      [
        ["month", 100],
      ],
    );
  }));

Deno.test("KeyLimits refuses what the other servers have used up, then without asking", () =>
  withLimits(({ limits }) => ({
    refused: { period: "month", kind: "tokens" },
    used: limits.map(({ period, start }) => ({
      period,
      start,
      tokens: 100,
      requests: 3,
    })),
  }), async (limits, claims) => {
    for (const id of ["1", "2"]) {
      await assertRejects(
        () => limits.admit(caller(id)),
        ServerError,
        'the key "team" may use 100 tokens a month, and none are left',
      );
    }
    assertEquals(claims.length, 1);
  }));

Deno.test("KeyLimits goes by what it knows when the other servers cannot be asked", () =>
  withLimits(() => undefined, async (limits) => {
    const allowance = await limits.admit(caller("1"));
    await allowance.reserve(100);
    await assertRejects(() => limits.admit(caller("2")), ServerError);
    allowance.end();
    await limits.admit(caller("3"));
  }));
