import { assert, assertEquals, assertMatch } from "@std/assert";
import { createKey } from "../../src/usage/keys/key_file.ts";
import { Keyring } from "../../src/usage/keys/keyring.ts";
import { testApp } from "../testing/app.ts";

const chat = JSON.stringify({
  model: "plain",
  messages: [{ role: "user", content: "hi" }],
  max_tokens: 5,
  stream: false,
});

/** An application with a key for users and one for admins. */
async function keyedApp() {
  const path = `${await Deno.makeTempDir()}/keys.json`;
  const none = { tokens: {}, requests: {} };
  const user = createKey(path, { name: "team", admin: false, ...none });
  const admin = createKey(path, { name: "boss", admin: true, ...none });
  const all = testApp({ keyring: new Keyring(path) });
  const ask = async (
    path: string,
    headers: Record<string, string> = {},
    method = "GET",
  ) => {
    const body = method === "POST" ? { body: chat } : {};
    return await all.app.request(path, { method, headers, ...body });
  };
  return { ...all, user, admin, ask };
}

function bearer(key: string) {
  return { Authorization: `Bearer ${key}` };
}

Deno.test("a server with keys asks for one, in the dialect of the route", async () => {
  const { ask } = await keyedApp();
  const ollama = await ask("/api/chat", {}, "POST");
  assertEquals(ollama.status, 401);
  assertMatch((await ollama.json()).error, /asks for an API key/);
  const openai = await ask("/v1/chat/completions", bearer("wrong"), "POST");
  assertEquals(openai.status, 401);
  const { error } = await openai.json();
  assertEquals([error.type, error.code], [
    "authentication_error",
    "invalid_api_key",
  ]);
  const anthropic = await ask("/v1/messages", { "x-api-key": "no" }, "POST");
  assertEquals(anthropic.status, 401);
  assertEquals((await anthropic.json()).error.type, "authentication_error");
});

Deno.test("what shows no data needs no key", async () => {
  const { ask } = await keyedApp();
  for (const path of ["/", "/api/version", "/health"]) {
    assertEquals((await ask(path)).status, 200, path);
  }
  assertEquals((await ask("/api/tags")).status, 401);
});

Deno.test("a key may use models, in every dialect, and names the request", async () => {
  const { ask, user, inference } = await keyedApp();
  const answers = [
    await ask("/api/chat", bearer(user), "POST"),
    await ask("/v1/chat/completions", bearer(user), "POST"),
    await ask("/v1/messages", { "x-api-key": user }, "POST"),
    await ask("/api/tags", bearer(user)),
  ];
  assertEquals(answers.map(({ status }) => status), [200, 200, 200, 200]);
  const keys = inference.generations.map(({ caller }) => caller.key);
  assertEquals(keys, ["team", "team", "team"]);
});

Deno.test("usage and changes of models take an admin's key", async () => {
  const { ask, user, admin } = await keyedApp();
  for (
    const [method, path] of [
      ["GET", "/api/usage"],
      ["GET", "/api/usage/requests/x"],
      ["POST", "/api/pull"],
      ["POST", "/api/create"],
      ["DELETE", "/api/delete"],
      ["HEAD", "/api/blobs/sha256:0"],
    ] as const
  ) {
    const refused = await ask(path, bearer(user), method);
    assertEquals(refused.status, 403, path);
    const allowed = await ask(path, bearer(admin), method);
    assert(![401, 403].includes(allowed.status), path);
  }
});
