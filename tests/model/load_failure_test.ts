import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { createModel, post, usage } from "../testing/api.ts";
import { startServer, type TestServer } from "../testing/server.ts";
import { ggufBytes, tinyFields, tinyGguf } from "../testing/tiny_gguf.ts";

const whole = tinyGguf();

/** The same file with another first byte. */
function withMagic(letter: string): Uint8Array<ArrayBuffer> {
  const bytes = whole.slice();
  bytes.set(new TextEncoder().encode(letter));
  return bytes;
}

/** Broken files and what libllama says about them. */
const BROKEN: readonly [string, Uint8Array<ArrayBuffer>, string][] = [
  [
    "a file that lost its end",
    whole.slice(0, whole.length - 1000),
    "tensor 'output.weight' data is not within the file bounds, model is " +
    "corrupted or incomplete",
  ],
  [
    "an unknown architecture",
    tinyGguf(1, { "general.architecture": { text: "zorblax" } }),
    "unknown model architecture: 'zorblax'",
  ],
  [
    "no tensors",
    ggufBytes(tinyFields()),
    "check_tensor_dims: tensor 'token_embd.weight' not found",
  ],
  [
    "a wrong beginning",
    withMagic("X"),
    "invalid magic characters: 'XGUF', expected 'GGUF'",
  ],
];

/** A stored model whose file is changed after the server has read it. */
async function storeBroken(
  server: TestServer,
  bytes: Uint8Array,
): Promise<void> {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, whole);
  await createModel(server.baseUrl, "m", path);
  await Deno.remove(path);
  await (await post(`${server.baseUrl}/api/show`, { model: "m" })).text();
  const digest = createHash("sha256").update(whole).digest("hex");
  await Deno.writeFile(`${server.folder}/blobs/sha256-${digest}`, bytes);
}

for (const [what, bytes, reason] of BROKEN) {
  Deno.test({
    name: `a model with ${what} answers 500 with libllama's reason`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using server = await startServer();
      const url = server.baseUrl;
      await storeBroken(server, bytes);
      for (let attempt = 0; attempt < 2; attempt++) {
        const response = await post(`${url}/api/generate`, {
          model: "m",
          prompt: "Hi",
        });
        assertEquals([response.status, await response.json()], [500, {
          error: "llama-server process has terminated: " +
            `error loading model: ${reason}`,
        }]);
      }
      assertEquals((await usage(url)).usage, []);
      const check = await (await fetch(`${url}/api/usage?check=true`)).json();
      assertEquals(check.check.difference, 0);
    },
  });
}
