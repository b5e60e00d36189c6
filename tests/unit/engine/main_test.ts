import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runEngine } from "../../../src/engine/main.ts";
import { ServerError } from "../../../src/errors.ts";
import type {
  EngineCommand,
  EngineEvent,
  EngineSpec,
  LoadCommand,
  RequestEvent,
} from "../../../src/messages.ts";
import { FakeBackend } from "../../testing/fake_backend.ts";

const SPEC = { batchSize: 32, embedding: false } as EngineSpec;

const GENERATE = {
  type: "generate",
  id: 1,
  prompt: ["it is so"],
  sampling: {
    temperature: 0,
    topK: 40,
    topP: 1,
    minP: 0,
    typicalP: 1,
    repeatLastN: 0,
    repeatPenalty: 1,
    presencePenalty: 0,
    frequencyPenalty: 0,
  },
  limits: {
    maxTokens: 5,
    stop: [],
    keepTokens: 4,
    truncate: true,
    shift: true,
  },
  wantContext: false,
} as const satisfies EngineCommand;

/** An engine whose input a test writes and whose output it reads. */
class Fixture {
  readonly backend = new FakeBackend();
  readonly events: EngineEvent[] = [];
  readonly exit: Promise<number>;
  readonly #input: (Uint8Array | null)[] = [];
  #arrived = () => {};

  constructor(createBackend = (_: LoadCommand): FakeBackend => this.backend) {
    this.exit = runEngine({
      input: {
        poll: () => this.#input.shift(),
        read: async () => {
          while (this.#input.length === 0) {
            await new Promise<void>((resolve) => this.#arrived = resolve);
          }
          return this.#input.shift() ?? null;
        },
      },
      write: (bytes) => {
        const text = new TextDecoder().decode(bytes);
        assert(text.endsWith("\n"), "a line is written whole");
        this.events.push(JSON.parse(text));
      },
      createBackend: (command, onProgress) => {
        onProgress(0.5);
        return createBackend(command);
      },
    });
  }

  send(...commands: EngineCommand[]): void {
    const lines = commands.map((each) => `${JSON.stringify(each)}\n`);
    this.write(new TextEncoder().encode(lines.join("")));
  }

  write(bytes: Uint8Array | null): void {
    this.#input.push(bytes);
    this.#arrived();
  }

  close(): void {
    this.write(null);
  }

  requests(): RequestEvent[] {
    return this.events.flatMap((each) =>
      each.type === "step" ? each.events : []
    );
  }

  /** Waits until a request has ended so. */
  async until(type: RequestEvent["type"]): Promise<void> {
    while (!this.requests().some((event) => event.type === type)) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

Deno.test({
  name: "signals to stop are the server's business",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    // It would end this very process.
    const fixture = new Fixture(() => {
      Deno.kill(Deno.pid, "SIGTERM");
      return new FakeBackend();
    });
    fixture.send({ type: "load", spec: SPEC });
    await new Promise((resolve) => setTimeout(resolve, 50));
    fixture.write(null);
    assertEquals(await fixture.exit, 0);
  },
});

Deno.test("runEngine() loads, answers, and ends with its input", async () => {
  const fixture = new Fixture();
  fixture.send({ type: "load", spec: SPEC }, GENERATE);
  await fixture.until("done");
  fixture.close();
  assertEquals(await fixture.exit, 0);
  assertEquals(fixture.events.slice(0, 2), [
    { type: "loading", progress: 0.5 },
    { type: "ready", info: fixture.backend.info },
  ]);
  const done = fixture.requests().at(-1);
  assert(done?.type === "done");
  assertEquals(done.counts.generated, 5);
});

Deno.test("runEngine() reads commands however they are cut", async () => {
  const fixture = new Fixture();
  fixture.send({ type: "load", spec: SPEC });
  const text = "größe 世界?";
  const line = JSON.stringify({ ...GENERATE, prompt: [text] });
  for (const byte of new TextEncoder().encode(`${line}\n`)) {
    fixture.write(Uint8Array.of(byte));
  }
  await fixture.until("done");
  fixture.close();
  assertEquals(await fixture.exit, 0);
  const done = fixture.requests().at(-1);
  assert(done?.type === "done");
  assertEquals(done.counts.computed, 1 + new TextEncoder().encode(text).length);
});

Deno.test("runEngine() cancels in the middle of an answer", async () => {
  const fixture = new Fixture();
  const { limits } = GENERATE;
  fixture.send({ type: "load", spec: SPEC }, {
    ...GENERATE,
    prompt: ["endless"],
    limits: { ...limits, maxTokens: 600 },
  });
  await fixture.until("progress");
  fixture.send({ type: "cancel", id: 1 });
  await fixture.until("cancelled");
  fixture.close();
  assertEquals(await fixture.exit, 0);
});

Deno.test("runEngine() says why it cannot load, and fails", async () => {
  const fixture = new Fixture(() => {
    throw new Error("no such file");
  });
  fixture.send({ type: "load", spec: SPEC });
  assertEquals(await fixture.exit, 1);
  assertEquals(fixture.events.at(-1), {
    type: "load_failed",
    message: "no such file",
    refused: false,
  });
  fixture.close();
});

Deno.test("runEngine() tells a load that was refused from one that failed", async () => {
  const fixture = new Fixture(() => {
    throw new ServerError("load_failed", "too large");
  });
  fixture.send({ type: "load", spec: SPEC });
  assertEquals(await fixture.exit, 1);
  assertEquals(fixture.events.at(-1), {
    type: "load_failed",
    message: "too large",
    refused: true,
  });
  fixture.close();
});

Deno.test("runEngine() ends without a word when nothing is to be loaded", async () => {
  const fixture = new Fixture();
  fixture.close();
  assertEquals(await fixture.exit, 0);
  assertEquals(fixture.events, []);
});

Deno.test("runEngine() lives on after a command it cannot take", async () => {
  const fixture = new Fixture();
  fixture.send({ type: "load", spec: SPEC });
  fixture.send(
    null as unknown as EngineCommand,
    { type: "dance", id: 7 } as unknown as EngineCommand,
  );
  await fixture.until("failed");
  const failed = fixture.requests().at(-1);
  assert(failed?.type === "failed");
  assertStringIncludes(failed.error.message, "unknown type");
  fixture.send(GENERATE);
  await fixture.until("done");
  fixture.close();
  assertEquals(await fixture.exit, 0);
});
