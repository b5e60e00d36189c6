import { assert, assertEquals } from "@std/assert";
import { readLines } from "../testing/api.ts";
import { testApp } from "../testing/app.ts";
import { FakeRegistryServer, randomBytes } from "../testing/registry_fake.ts";
import { StoreFixture } from "../testing/store_fixture.ts";

const INVALID_NAME = "invalid model name";

/** Requests that are refused before anything is done. */
const REFUSED: readonly (readonly [string, unknown, number, string])[] = [
  ["pull", undefined, 400, "missing request body"],
  ["push", undefined, 400, "missing request body"],
  ["pull", {}, 400, INVALID_NAME],
  ["push", {}, 400, "model is required"],
  ["pull", { model: "a b" }, 400, INVALID_NAME],
  ["pull", { model: "../../etc/passwd" }, 400, INVALID_NAME],
  ["pull", { model: "a:b:c" }, 400, INVALID_NAME],
  ["pull", { name: "host/name space/model" }, 400, INVALID_NAME],
  ["push", { model: "a/../b" }, 400, INVALID_NAME],
  ["push", { model: ".hidden" }, 400, INVALID_NAME],
  ["pull", { model: "http://a.test/b/c" }, 400, "insecure protocol http"],
  ["push", { model: "http://a.test/b/c" }, 400, "insecure protocol http"],
  [
    "pull",
    { model: 5 },
    400,
    "json: cannot unmarshal number into Go struct field PullRequest.model of type string",
  ],
  [
    "push",
    { model: "a", insecure: "yes" },
    400,
    "json: cannot unmarshal string into Go struct field PushRequest.insecure of type bool",
  ],
  [
    "pull",
    { model: "big:671b-cloud" },
    404,
    "model 'big:671b-cloud' runs in Ollama's cloud, which Tally does not use",
  ],
];

Deno.test("pull and push refuse what they cannot understand, streamed or not", async () => {
  await using fixture = new StoreFixture();
  const { post } = testApp({ store: fixture.store });
  for (const [verb, body, status, error] of REFUSED) {
    for (const stream of [true, false]) {
      const sent = body === undefined ? body : { ...body, stream };
      const response = await post(`/api/${verb}`, sent);
      const what = `${verb} ${JSON.stringify(sent)}`;
      assertEquals(
        [response.status, await response.json()],
        [status, { error }],
        what,
      );
    }
  }
  assertEquals([...Deno.readDirSync(fixture.folder)], []);
});

Deno.test("a pull of an unknown model tells so in Ollama's words", async () => {
  await using fixture = new StoreFixture();
  await using registry = new FakeRegistryServer();
  const { post } = testApp({ store: fixture.store });
  const body = { model: `${registry.host}/a/nobody`, insecure: true };
  const error = "pull model manifest: file does not exist";
  const streamed = await post("/api/pull", body);
  assertEquals(streamed.status, 200);
  assertEquals(streamed.headers.get("content-type"), "application/x-ndjson");
  assertEquals(await Array.fromAsync(readLines(streamed)), [
    { status: "pulling manifest" },
    { error },
  ]);
  const whole = await post("/api/pull", { ...body, stream: false });
  assertEquals([whole.status, await whole.json()], [404, { error }]);
});

Deno.test("a push of a model that is not here tells so", async () => {
  await using fixture = new StoreFixture();
  await using registry = new FakeRegistryServer();
  const { post } = testApp({ store: fixture.store });
  const model = `${registry.host}/a/nobody`;
  const error = `model '${model}' not found`;
  const streamed = await post("/api/push", { model, insecure: true });
  assertEquals(await Array.fromAsync(readLines(streamed)), [
    { status: "retrieving manifest" },
    { status: "couldn't retrieve manifest" },
    { error },
  ]);
  const body = { model, insecure: true, stream: false };
  const whole = await post("/api/push", body);
  assertEquals([whole.status, await whole.json()], [404, { error }]);
  assertEquals(registry.requests, []);
});

Deno.test("a push without access tells so", async () => {
  await using fixture = new StoreFixture();
  await using registry = new FakeRegistryServer();
  const { post } = testApp({ store: fixture.store });
  const model = `${registry.host}/library/tiny`;
  await fixture.create({
    model,
    files: { "model.gguf": await fixture.upload() },
  });
  registry.spoil = () => new Response(null, { status: 401 });
  const body = { model, insecure: true, stream: false };
  const response = await post("/api/push", body);
  assertEquals(await response.json(), {
    error: "unauthorized: access denied",
  });
  assertEquals(response.status, 401);
});

Deno.test("a pull and a push that succeed answer status success, streamed or not", async () => {
  await using fixture = new StoreFixture();
  await using registry = new FakeRegistryServer();
  const { post } = testApp({ store: fixture.store });
  const model = registry.offer("a", [randomBytes(100)]);
  for (const verb of ["pull", "push"]) {
    const body = { model, insecure: true };
    const streamed = await post(`/api/${verb}`, body);
    const lines = await Array.fromAsync(readLines(streamed));
    assert(lines.length > 2, verb);
    assertEquals(lines.at(-1), { status: "success" });
    const whole = await post(`/api/${verb}`, { ...body, stream: false });
    assertEquals([whole.status, await whole.json()], [200, {
      status: "success",
    }]);
  }
});
