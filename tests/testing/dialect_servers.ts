/**
 * What clients of OpenAI's and Anthropic's dialects are driven against: a
 * server with tiny models, one that calls tools, and one that is busy.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { upload } from "./api.ts";
import { type BusyServer, serveBusy } from "./busy_server.ts";
import { create } from "./made_model.ts";
import { startServer, type TestServer } from "./server.ts";
import { tinyBertGguf, tinyRerankerGguf } from "./tiny_bert.ts";
import { tinyGguf } from "./tiny_gguf.ts";
import { createToolModel } from "./tool_model.ts";
import { serveToolCalls } from "./tool_server.ts";

const TEMPLATE =
  "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}" +
  "{% if add_generation_prompt %}me:{% endif %}";

/** See the module's description. */
export interface DialectServers extends AsyncDisposable {
  /** Has the models m, m-tools, e and r. */
  readonly server: TestServer;
  readonly tools: ReturnType<typeof serveToolCalls>;
  readonly busy: BusyServer;
}

/** Starts all three. */
export async function serveDialects(): Promise<DialectServers> {
  await using started = new AsyncDisposableStack();
  const server = started.use(await startServer());
  const tools = started.use(serveToolCalls());
  const busy = started.use(serveBusy());
  const models = {
    m: tinyGguf(1, {
      "llama.context_length": { u32: 4096 },
      "tokenizer.chat_template": { text: TEMPLATE },
    }),
    e: tinyBertGguf(),
    r: tinyRerankerGguf(),
  };
  for (const [model, gguf] of Object.entries(models)) {
    const files = { "a.gguf": await upload(server.baseUrl, gguf) };
    const lines = await create(server, { model, files });
    assertEquals(lines.at(-1), { status: "success" }, JSON.stringify(lines));
  }
  await createToolModel(server.baseUrl, "m-tools", "m");
  const owned = started.move();
  return {
    server,
    tools,
    busy,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
