import { assert, assertEquals, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import { createModel, post } from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { startServer } from "../testing/server.ts";

const gguf = findModel("smollm2");

function digestOf(bytes: Uint8Array): string {
  return "sha256:" + createHash("sha256").update(bytes).digest("hex");
}

/** Every file below a folder, with its size. */
function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) =>
    entry.isDirectory
      ? filesBelow(`${folder}/${entry.name}`)
      : [`${folder}/${entry.name}`]
  ).sort();
}

async function error(response: Response): Promise<[number, string]> {
  const text = await response.text();
  const lines = text.trim().split("\n");
  const body = JSON.parse(lines.at(-1) ?? "");
  return [response.status, body.error];
}

Deno.test({
  name: "rubbish gets a clear error and leaves the server as it was",
  ignore: gguf === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using server = await startServer();
    const url = server.baseUrl;
    await createModel(url, "good", gguf ?? "");
    const whole = await Deno.readFile(gguf ?? "");
    const random = new Uint8Array(100_000);
    crypto.getRandomValues(random.subarray(0, 65_536));
    const broken: [string, Uint8Array][] = [
      ["empty", new Uint8Array()],
      ["random bytes", random],
      ["a header only", whole.slice(0, 20_000)],
      ["a file cut in its tensors", whole.slice(0, whole.length / 2)],
      ["text", new TextEncoder().encode("GGUF but not really")],
    ];
    for (const [name, bytes] of broken) {
      await t.step(`a GGUF that is ${name} is refused at create`, async () => {
        const digest = digestOf(bytes);
        const sent = await fetch(`${url}/api/blobs/${digest}`, {
          method: "POST",
          body: bytes as BodyInit,
        });
        await sent.body?.cancel();
        const [status, message] = await error(
          await post(`${url}/api/create`, {
            model: "bad",
            files: { "m.gguf": digest },
            stream: false,
          }),
        );
        assert(status >= 400 && message.length > 5, `${status} ${message}`);
        const shown = await post(`${url}/api/show`, { model: "bad" });
        assertEquals(shown.status, 404);
        await shown.body?.cancel();
      });
    }

    await t.step("names never leave the store", async () => {
      const before = filesBelow(server.folder);
      for (
        const name of [
          "../../evil",
          "a/../../../evil",
          "..%2f..%2fevil",
          "/etc/passwd",
          "a\\..\\..\\evil",
          "evil\u0000.txt",
          "../evil:../tag",
        ]
      ) {
        for (
          const [path, body] of [
            ["create", { model: name, from: "good" }],
            ["copy", { source: "good", destination: name }],
            ["show", { model: name }],
            ["generate", { model: name, prompt: "x" }],
          ] as const
        ) {
          const response = await post(`${url}/api/${path}`, body);
          const text = await response.text();
          assert(
            [400, 404].includes(response.status) ||
              text.includes('{"error":'),
            `${path} ${name} ${response.status} ${text}`,
          );
        }
      }
      assertEquals(filesBelow(server.folder), before);
    });

    await t.step("a digest that does not match is refused", async () => {
      const wrong = "sha256:" + "0".repeat(64);
      const response = await fetch(`${url}/api/blobs/${wrong}`, {
        method: "POST",
        body: "hello",
      });
      const [status, message] = await error(response);
      assertEquals(status, 400);
      assertMatch(message, /digest mismatch, expected "sha256:0000/);
      const head = await fetch(`${url}/api/blobs/${wrong}`, { method: "HEAD" });
      assertEquals(head.status, 404);
    });

    await t.step("a 200 MB JSON body is refused", async () => {
      const chunk = new TextEncoder().encode("x".repeat(2 ** 20));
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent === 0) {
            controller.enqueue(new TextEncoder().encode('{"model":"'));
          }
          if (++sent > 200) {
            controller.close();
          } else {
            controller.enqueue(chunk);
          }
        },
      });
      try {
        const response = await fetch(`${url}/api/generate`, {
          method: "POST",
          body,
        });
        const [status, message] = await error(response);
        assertEquals(status, 413);
        assert(message.length > 5);
      } catch (cause) {
        // The server may hang up while we still send.
        assert(cause instanceof TypeError, String(cause));
      }
    });

    await t.step("deeply nested JSON is refused", async () => {
      const response = await fetch(`${url}/api/generate`, {
        method: "POST",
        body: '{"model":"good","x":' + "[".repeat(200_000) +
          "]".repeat(200_000) + "}",
      });
      const [status, message] = await error(response);
      assertEquals([status, message], [400, "exceeded max depth"]);
    });

    await t.step("the server answers as before", async () => {
      const response = await post(`${url}/api/generate`, {
        model: "good",
        prompt: "Hi",
        stream: false,
        options: { num_predict: 4 },
      });
      assertEquals((await response.json()).done, true);
    });
  },
});
