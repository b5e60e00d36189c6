import { assertEquals, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { Registry } from "../../src/models/registry.ts";
import { ModelStore } from "../../src/models/store.ts";
import { testApp } from "../testing/app.ts";

/** An application over a real store in a folder that is removed at the end. */
async function withStore(
  test: (app: ReturnType<typeof testApp>) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  try {
    const store = new ModelStore(folder);
    await test(testApp({ store, registry: new Registry(store) }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("POST /api/create answers bad requests with Ollama's texts, streaming or not", async () => {
  const digest = `sha256:${"0".repeat(64)}`;
  const cases: readonly [unknown, number, string][] = [
    [{ model: "a" }, 400, "neither 'from' or 'files' was specified"],
    [{ from: "a" }, 400, "invalid model name"],
    [{ model: "../a", from: "a" }, 400, "invalid model name"],
    [{ model: "a", files: {} }, 400, "no files provided to convert"],
    [
      { model: "a", from: "a", info: { base_name: 1 } },
      400,
      'info field "base_name" must be a string',
    ],
    [
      { model: "a", from: "a", draft_quantize: "q8_0" },
      400,
      "--draft-quantize requires a DRAFT model",
    ],
    [
      { model: "a", from: "a", draft_files: { "d.gguf": digest } },
      400,
      "draft models are not supported: leave DRAFT out",
    ],
    [
      { model: "a", from: "a", remote_host: "https://ollama.com" },
      400,
      "models that run on another server are not supported: leave remote_host out",
    ],
    [
      { model: "a", files: { "/m.gguf": digest } },
      400,
      "file path must be relative",
    ],
    [{ model: "a", files: { "m.gguf": "x" } }, 400, "invalid digest format"],
    [
      { model: "a", files: ["x"] },
      400,
      "json: cannot unmarshal array into Go struct field CreateRequest.files of type map[string]string",
    ],
  ];
  await withStore(async ({ post }) => {
    for (const [body, status, error] of cases) {
      for (const stream of [true, false]) {
        const response = await post("/api/create", {
          ...body as object,
          stream,
        });
        assertEquals([response.status, await response.json()], [
          status,
          { error },
        ]);
      }
    }
  });
});

Deno.test("POST /api/create tells of a broken file after its first line", async () => {
  await withStore(async ({ app, post }) => {
    const bytes = new TextEncoder().encode("GGUF but not really");
    const hash = createHash("sha256").update(bytes).digest("hex");
    const digest = `sha256:${hash}`;
    const blob = await app.request(`/api/blobs/${digest}`, {
      method: "POST",
      body: bytes,
    });
    assertEquals(blob.status, 201);
    const body = { model: "a", files: { "m.gguf": digest } };
    const streamed = await post("/api/create", body);
    assertEquals(streamed.headers.get("Content-Type"), "application/x-ndjson");
    const lines = (await streamed.text()).trimEnd().split("\n");
    assertEquals(lines[0], '{"status":"parsing GGUF"}');
    assertStringIncludes(
      JSON.parse(lines[1] ?? "{}").error,
      "supplied file was not in GGUF format",
    );
    const single = await post("/api/create", { ...body, stream: false });
    assertEquals(single.status, 400);
    await single.body?.cancel();
  });
});

Deno.test("POST /api/blobs/:digest refuses content of another digest", async () => {
  await withStore(async ({ app }) => {
    const digest = `sha256:${"0".repeat(64)}`;
    const path = `/api/blobs/${digest}`;
    const response = await app.request(path, { method: "POST", body: "x" });
    assertEquals(response.status, 400);
    assertStringIncludes(
      (await response.json()).error,
      `digest mismatch, expected "${digest}", got "sha256:`,
    );
    assertEquals((await app.request(path, { method: "HEAD" })).status, 404);
  });
});
