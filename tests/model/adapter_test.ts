import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { upload } from "../testing/api.ts";
import { answer, create } from "../testing/made_model.ts";
import { Random } from "../testing/random.ts";
import { startServer } from "../testing/server.ts";
import { tinyGguf } from "../testing/tiny_gguf.ts";
import { tinyLora } from "../testing/tiny_lora.ts";

Deno.test("An ADAPTER changes the answers of a model, and one of noughts does not", async () => {
  await using server = await startServer();
  const { baseUrl } = server;
  const files = { "tiny.gguf": await upload(baseUrl, tinyGguf()) };
  const lora = { "l.gguf": await upload(baseUrl, tinyLora(new Random(3))) };
  const noughts = { "n.gguf": await upload(baseUrl, tinyLora("noughts")) };
  const models = [
    { model: "plain", files },
    { model: "changed", from: "plain", adapters: lora },
    { model: "same", from: "plain", adapters: noughts },
    { model: "both", from: "changed", adapters: noughts },
    { model: "once", from: "changed", adapters: lora },
  ];
  for (const body of models) {
    const lines = await create(server, body);
    assertEquals(lines.at(-1), { status: "success" }, JSON.stringify(lines));
  }
  const answers: Record<string, string> = {};
  for (const { model } of models) {
    answers[model] = await answer(server, model);
  }
  assertNotEquals(answers.changed, answers.plain);
  assertEquals(answers.same, answers.plain);
  assertEquals(answers.both, answers.changed);
  assertEquals(answers.once, answers.changed);
  // The names share weights, so this was about engines, too.
  assertEquals(await answer(server, "plain"), answers.plain);
  const shown = await fetch(`${baseUrl}/api/show`, {
    method: "POST",
    body: JSON.stringify({ model: "changed" }),
  });
  const { modelfile } = await shown.json();
  assert(/^ADAPTER .*sha256-[0-9a-f]{64}$/m.test(modelfile), modelfile);
});
