import { assert, assertEquals } from "@std/assert";
import { createKey } from "../../src/usage/keys/key_file.ts";
import { createModel } from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { startServer } from "../testing/server.ts";

const gguf = findModel("smollm2");

const REQUESTS = 50;
const MAX_TOKENS = 20;
/** Of the prompt below, with its template; measured, and checked. */
const PROMPT_TOKENS = 31;
const BUDGET = 10 * (PROMPT_TOKENS + MAX_TOKENS);

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly tokens: number;
  readonly type?: string;
}

async function ask(url: string, key: string): Promise<Answer> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: "m",
      messages: [{ role: "user", content: "hi" }],
      max_tokens: MAX_TOKENS,
    }),
  });
  const { usage, error } = await response.json();
  if (usage !== undefined) {
    assertEquals(usage.prompt_tokens, PROMPT_TOKENS);
  }
  return {
    status: response.status,
    retryAfter: response.headers.get("Retry-After"),
    tokens: usage?.total_tokens ?? 0,
    type: error?.type,
  };
}

Deno.test({
  name: "50 requests at once against a budget for 10 use no more than it",
  ignore: gguf === undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/some.json`;
    const limits = { tokens: { month: BUDGET }, requests: {} };
    const key = createKey(path, { name: "ann", admin: false, ...limits });
    const admin = createKey(path, {
      name: "boss",
      admin: true,
      tokens: {},
      requests: {},
    });
    {
      await using open = await startServer({ folder });
      await createModel(open.baseUrl, "m", gguf!);
    }
    {
      const env = { TALLY_KEYS: path };
      await using server = await startServer({ folder, env });
      const answers = await Promise.all(
        Array.from({ length: REQUESTS }, () => ask(server.baseUrl, key)),
      );
      const served = answers.filter(({ status }) => status === 200);
      const refused = answers.filter(({ status }) => status === 429);
      assertEquals(served.length + refused.length, REQUESTS);
      const used = served.reduce((sum, { tokens }) => sum + tokens, 0);
      assert(used <= BUDGET + PROMPT_TOKENS + MAX_TOKENS, `${used} used`);
      assert(served.length >= 10, `${served.length} served`);
      assert(refused.every(({ retryAfter }) => Number(retryAfter) >= 1));
      assert(refused.every(({ type }) => type === "rate_limit_error"));
      const usage = await fetch(
        `${server.baseUrl}/api/usage?group_by=key,outcome&check=true`,
        { headers: { Authorization: `Bearer ${admin}` } },
      );
      const body = await usage.json();
      assertEquals(body.check.difference, 0);
      assertEquals(
        body.usage.map((row: Record<string, unknown>) => [
          row["key"],
          row["outcome"],
          row["requests"],
        ]),
        [["ann", "completed", served.length], [
          "ann",
          "rejected",
          refused.length,
        ]],
      );
    }
    await Deno.remove(folder, { recursive: true });
  },
});
