import { assert, assertEquals, assertMatch } from "@std/assert";
import { createModel } from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { startServer } from "../testing/server.ts";
import { hasTerminals, openTerminal } from "../testing/terminal.ts";

const gguf = findModel("smollm2");
const terminals = hasTerminals();

interface UsageRow {
  readonly completed: { readonly requests: number };
  readonly cancelled: { readonly requests: number };
}

/** What the server has counted of the one model, when nothing is under way. */
async function usageOf(url: string): Promise<UsageRow> {
  while (true) {
    const answer = await fetch(`${url}/api/usage?details=true`);
    const { usage } = await answer.json();
    assertEquals(usage.length, 1);
    if (usage[0].in_flight.requests === 0) {
      return usage[0];
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

Deno.test({
  name: "a person chats with a model in a terminal",
  ignore: gguf === undefined || !terminals,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const home = await Deno.makeTempDir();
    await using server = await startServer();
    await createModel(server.baseUrl, "small", gguf ?? "");
    const env = { OLLAMA_HOST: server.baseUrl, HOME: home };
    {
      await using terminal = openTerminal(["run", "small"], env);
      const ready = () => terminal.until("Send a message");
      await ready();
      await terminal.type("/set parameter temperature 0\r");
      await ready();
      await terminal.type("/set parameter num_predict 12\r");
      await ready();
      await terminal.type("/set verbose\r");
      await ready();
      await terminal.type("Say hello.\r");
      const shown = await terminal.until("eval rate:");
      assertMatch(shown, />>> Say hello\.\n.+\n\ntotal duration: /s);
      await ready();
      await terminal.type("/set parameter num_predict 2000\r");
      await ready();
      await terminal.type("Write a long story of a fox and a hen.\r");
      await terminal.until("hen.");
      await terminal.until(" the ");
      await terminal.type("\x03");
      await ready();
      await terminal.type("/set parameter num_predict 5\r");
      await ready();
      await terminal.type("/save kept\r");
      await terminal.until("Created new model 'kept'");
      await ready();
      await terminal.type("/bye\r");
      assertEquals(await terminal.code, 0);
    }
    const { completed, cancelled } = await usageOf(server.baseUrl);
    assertEquals([completed.requests, cancelled.requests], [1, 1]);
    {
      await using terminal = openTerminal(["run", "kept"], env);
      const before = await terminal.until("Send a message");
      assertMatch(before, />>> Say hello\.\n/);
      await terminal.type("\x1b[A\x1b[A\r");
      await terminal.until("Created new model 'kept'");
      await terminal.until("Send a message");
      await terminal.type("\x04");
      assertEquals(await terminal.code, 0);
    }
    const history = await Deno.readTextFile(`${home}/.ollama/history`);
    assert(history.includes("Say hello.\n"));
    await Deno.remove(home, { recursive: true });
  },
});
