import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ndjson, startFakeOllama } from "../../../testing/fake_ollama.ts";
import {
  hasTerminals,
  openTerminal,
  type TestTerminal,
} from "../../../testing/terminal.ts";

const terminals = hasTerminals();

function answer(...contents: string[]) {
  const chunks = contents.map((content) => ({
    message: { role: "assistant", content },
    done: false,
  }));
  return ndjson(...chunks, {
    message: { content: "" },
    done: true,
    eval_count: 7,
  });
}

/** A stream that does not end by itself. */
function endless(): Response {
  const chunk = { message: { content: "word " }, done: false };
  const line = new TextEncoder().encode(`${JSON.stringify(chunk)}\n`);
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(line),
  });
  return new Response(body);
}

interface ShowBody {
  readonly model: string;
}

/** A chat with a fake server; what it was sent in the end. */
async function chat(
  run: (terminal: TestTerminal) => Promise<void>,
  replies: (() => Response)[] = [],
): Promise<{ path: string; body: unknown }[]> {
  const home = await Deno.makeTempDir();
  await using server = startFakeOllama({
    "POST /api/show": () => {
      const { model } = server.seen.at(-1)?.body as ShowBody;
      return model === "missing"
        ? Response.json({ error: "model not found" }, { status: 404 })
        : Response.json({
          capabilities: ["completion"],
          modelfile: `FROM ${model}`,
          parameters: "temperature 1",
          details: {},
          model_info: {},
          messages: model === "greeter"
            ? [{ role: "user", content: "Hi" }, {
              role: "assistant",
              content: "Hello.",
            }]
            : undefined,
        });
    },
    "POST /api/generate": () => Response.json({ done: true }),
    "POST /api/create": () => Response.json({ status: "success" }),
    "POST /api/chat": () =>
      (replies.shift() ?? (() => answer("Good ", "day.")))(),
  });
  try {
    await using terminal = openTerminal(["run", "m"], {
      OLLAMA_HOST: server.url,
      HOME: home,
      TERM: "xterm-256color",
      OLLAMA_EDITOR: "sed -i s/draft/edited/",
    });
    await terminal.until("Send a message");
    await run(terminal);
    return server.seen.map(({ path, body }) => ({ path, body }));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** The messages of the last `/api/chat`. */
function lastMessages(seen: readonly { path: string; body: unknown }[]) {
  const last = seen.findLast(({ path }) => path === "/api/chat");
  return (last?.body as { messages: unknown }).messages;
}

function chatTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !terminals, fn });
}

chatTest("a chat answers, remembers, and ends with Ctrl-D", async () => {
  const seen = await chat(async (terminal) => {
    await terminal.type("Hello\r");
    assertStringIncludes(
      await terminal.until("Good day.\r\n\r\n"),
      ">>> Hello",
    );
    await terminal.until(">>> ");
    await terminal.type("\x1b[A there\r");
    await terminal.until("Good day.");
    await terminal.until("Send a message");
    await terminal.type("\x04");
    assertEquals(await terminal.code, 0);
  });
  assertEquals(seen.slice(0, 2).map(({ path }) => path), [
    "/api/show",
    "/api/generate",
  ]);
  assertEquals(lastMessages(seen), [
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Good day." },
    { role: "user", content: "Hello there" },
  ]);
});

chatTest("Ctrl-C stops the answer and not the chat", async () => {
  const seen = await chat(async (terminal) => {
    await terminal.type("Talk\r");
    await terminal.until("word");
    await terminal.type("\x03");
    await terminal.until("Send a message");
    await terminal.type("\x03");
    await terminal.until("Use Ctrl + d or /bye to exit.");
    await terminal.until("Send a message");
    await terminal.type("Hello\r");
    await terminal.until("Good day.");
    await terminal.until("Send a message");
    await terminal.type("/bye\r");
    assertEquals(await terminal.code, 0);
  }, [endless]);
  assertEquals(lastMessages(seen), [
    { role: "user", content: "Talk" },
    { role: "assistant", content: "word " },
    { role: "user", content: "Hello" },
  ]);
});

chatTest("commands of a chat do what they say", async () => {
  const seen = await chat(async (terminal) => {
    const replies = [
      ["/?", "/save <model>"],
      ["/? shortcuts", "Ctrl + g"],
      ["/set", "/set nohistory"],
      ["/set parameter seed 7", "Set parameter 'seed' to '7'"],
      ["/set system Be kind.", "Set system message."],
      ["/set format json", "Set format to 'json' mode."],
      ["/set verbose", "Set 'verbose' mode."],
      ["/show modelfile", "FROM m"],
      ["/show parameters", "seed                           7"],
      ["/show system", "Be kind."],
      ["/show license", "No license was specified for this model."],
      ["/dance", "Unknown command '/dance'. Type /? for help"],
      ["/load missing", "Couldn't find model 'missing'"],
      ["/save", "Usage:\n  /save <modelname>"],
      ["Hello", "eval count:           7 token(s)"],
      ["/save mine", "Created new model 'mine'"],
      ["/load greeter", "Loading model 'greeter'"],
      ["/clear", "Cleared session context"],
    ] as const;
    for (const [typed, shown] of replies) {
      await terminal.type(`${typed}\r`);
      await terminal.until(shown.replaceAll("\n", "\r\n"));
      await terminal.until("Send a message");
    }
  });
  assertEquals(seen.find(({ path }) => path === "/api/chat")?.body, {
    model: "m",
    messages: [
      { role: "system", content: "Be kind." },
      { role: "user", content: "Hello" },
    ],
    format: "json",
    options: { seed: 7 },
  });
  assertEquals(seen.find(({ path }) => path === "/api/create")?.body, {
    model: "mine",
    from: "m",
    system: "Be kind.",
    parameters: { seed: 7 },
    messages: [
      { role: "system", content: "Be kind." },
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Good day." },
    ],
    stream: false,
  });
  const loaded = seen.findLast(({ path }) => path === "/api/generate");
  assertEquals((loaded?.body as ShowBody).model, "greeter");
});

chatTest(
  "a message may have several lines, or come from an editor",
  async () => {
    const seen = await chat(async (terminal) => {
      await terminal.type('"""one\r');
      await terminal.until('End the message with """');
      await terminal.type('two"""\r');
      await terminal.until("Good day.");
      await terminal.until("Send a message");
      await terminal.type("\x1b[200~a\rb\x1b[201~\r");
      await terminal.until("Good day.");
      await terminal.until("Send a message");
      await terminal.type("a draft\x07");
      await terminal.until("an edited".slice(3));
      await terminal.type("!\r");
      await terminal.until("Good day.");
    });
    const said = (lastMessages(seen) as { role: string; content: string }[])
      .filter(({ role }) => role === "user")
      .map(({ content }) => content);
    assertEquals(said, ["one\ntwo", "a\nb", "a edited!"]);
  },
);

chatTest("an error of the server is told and the chat goes on", async () => {
  const refused = () =>
    Response.json({ error: '"m" does not support thinking' }, { status: 400 });
  const seen = await chat(async (terminal) => {
    await terminal.type("/set think\r");
    await terminal.until("does not support thinking output");
    await terminal.until("Send a message");
    await terminal.type("Hello\r");
    await terminal.until('error: "m" does not support thinking');
    await terminal.until("Send a message");
    await terminal.type("/set nothink\rHello again\r");
    await terminal.until("Good day.");
  }, [refused]);
  assertEquals(lastMessages(seen), [{ role: "user", content: "Hello again" }]);
  assert(seen.length > 0);
});
