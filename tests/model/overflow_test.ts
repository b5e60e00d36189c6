import { assertEquals, assertMatch } from "@std/assert";
import { post, upload } from "../testing/api.ts";
import { create } from "../testing/made_model.ts";
import { startServer } from "../testing/server.ts";
import { tinyGguf } from "../testing/tiny_gguf.ts";

const CONTEXT = 64;
const TEMPLATE = "{% for m in messages %}{{ m.content }}{% endfor %}";

Deno.test("a conversation that does not fit is rendered, counted and refused with its size", async () => {
  await using server = await startServer();
  const { baseUrl } = server;
  const digest = await upload(
    baseUrl,
    tinyGguf(1, { "tokenizer.chat_template": { text: TEMPLATE } }),
  );
  await create(server, {
    model: "small",
    files: { "model.gguf": digest },
    parameters: { num_ctx: CONTEXT },
  });
  const content = "abc ".repeat(CONTEXT);
  const body = {
    model: "small",
    messages: [{ role: "user", content }],
    max_tokens: 9,
  };
  const ask = async (path: string) => {
    const response = await post(`${baseUrl}${path}`, body);
    return { status: response.status, body: await response.json() };
  };
  const rendered = await ask("/apply-template");
  assertEquals(rendered.body, { prompt: content });
  const { input_tokens } = (await ask("/v1/messages/count_tokens")).body;

  const anthropic = await ask("/v1/messages");
  assertEquals([anthropic.status, anthropic.body.error.message], [
    400,
    `prompt is too long: ${input_tokens} tokens > ${CONTEXT} maximum`,
  ]);
  const openAi = await ask("/v1/chat/completions");
  const { code, n_prompt_tokens, n_ctx } = openAi.body.error;
  assertEquals([openAi.status, code, n_prompt_tokens, n_ctx], [
    400,
    "context_length_exceeded",
    input_tokens,
    CONTEXT,
  ]);
  const raw = await post(`${baseUrl}/completion`, {
    model: "small",
    prompt: content,
  });
  assertMatch(
    (await raw.json()).error.message,
    /exceeds the available context/,
  );
});
