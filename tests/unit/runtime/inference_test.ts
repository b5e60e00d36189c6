import { assertEquals, assertRejects } from "@std/assert";
import { readConfig } from "../../../src/config.ts";
import { ServerError } from "../../../src/errors.ts";
import { type GenerationEvent, NO_TOKENS } from "../../../src/generation.ts";
import { createLog } from "../../../src/log.ts";
import type {
  EngineCommand,
  EngineFailure,
  EngineSpec,
  GenerateCommand,
  RequestEvent,
} from "../../../src/messages.ts";
import { Ledger } from "../../../src/usage/ledger.ts";
import { newCaller, noLimits } from "../../testing/booked.ts";
import type { ResolvedModel } from "../../../src/models/model.ts";
import { EngineClient } from "../../../src/runtime/engine_client.ts";
import {
  type ChatPrompt,
  type GenerationRequest,
  Inference,
} from "../../../src/runtime/inference.ts";
import { ModelPool } from "../../../src/runtime/model_pool.ts";
import { fakeModel } from "../../testing/fake_model.ts";
import { ScriptedEngine } from "../../testing/scripted_engine.ts";

const NEVER_ABORTED = new AbortController().signal;
const TOO_LONG =
  "the prompt is longer than the context length currently available to the " +
  "model; shorten the prompt, adjust the context length in settings, or use " +
  "a model with a longer context length";

/** Texts of an answer, or why there is none. */
type Result = readonly string[] | EngineFailure;

function eventsOf(id: number, result: Result): RequestEvent[] {
  if ("kind" in result) {
    return [{ type: "failed", id, counts: NO_TOKENS, error: result }];
  }
  const counts = (generated: number) => ({ cached: 1, computed: 2, generated });
  const progress = result.map((text, index) => ({
    type: "progress" as const,
    id,
    counts: counts(index + 1),
    text,
  }));
  return [...progress, {
    type: "done",
    id,
    reason: "stop",
    counts: counts(result.length),
    timings: { promptNs: 1, decodeNs: 2 },
    text: "",
  }];
}

/** Ends every generation with the same result. */
class AnsweringEngine extends ScriptedEngine {
  readonly #result: Result;

  constructor(result: Result) {
    super();
    this.#result = result;
  }

  override send(command: EngineCommand): void {
    super.send(command);
    if (command.type === "generate") {
      const events = eventsOf(command.id, this.#result);
      this.emit({ type: "step", events, totals: NO_TOKENS });
    } else if (command.type === "detokenize") {
      const { id, tokens } = command;
      const pieces = tokens.map((token) => [token]);
      const event = { type: "detokenized" as const, id, pieces };
      this.emit({ type: "step", events: [event], totals: NO_TOKENS });
    }
  }
}

/** Chat templates with the signs of their families, and where answers begin. */
const CHATS = {
  plain: "{{ messages[0].content }}",
  thinker: "{{ messages[0].content }}A:{# <think></think><tool_call> #}",
  starter: "{{ messages[0].content }}A:<think>{# </think> #}",
  harmony: "{{ messages[0].content }}A:{# <|channel|>analysis #}",
};

function modelOf(chatTemplate: string): ResolvedModel {
  const model = fakeModel("m");
  return { ...model, metadata: { ...model.metadata, chatTemplate } };
}

/** Runs one request against an engine that ends in `result`. */
async function run(
  template: string,
  prompt: Partial<ChatPrompt>,
  result: Result = [],
  changes: Partial<GenerationRequest> = {},
) {
  const process = new AnsweringEngine(result);
  const pool = new ModelPool({
    load: (spec: EngineSpec) => {
      const client = EngineClient.start(spec, {
        id: "e",
        process,
        counters: { engineTotals() {} },
        loadTimeoutMs: Infinity,
      });
      process.ready();
      return client;
    },
    memoryLimit: () => Infinity,
    maxLoadedModels: 1,
    maxQueue: 1,
    keepAliveMs: 60_000,
    cores: 1,
    log: createLog("error", () => {}),
  });
  const inference = new Inference({
    pool,
    meters: new Ledger(),
    limits: noLimits(),
    config: readConfig(() => undefined),
    cores: 1,
  });
  const request: GenerationRequest = {
    model: modelOf(template),
    caller: newCaller(),
    prompt: {
      type: "chat",
      messages: [{ role: "user", content: "Q" }],
      ...prompt,
    },
    sampling: {} as GenerationRequest["sampling"],
    limits: { stop: [], keepTokens: 0, truncate: true, shift: true },
    runner: { batchSize: 8, gpuLayers: 0, mainGpu: 0, threads: 1 },
    wantContext: false,
    ...changes,
  };
  try {
    const events = await Array.fromAsync(
      inference.generate(request, NEVER_ABORTED),
    );
    const rendered = await inference.render(request, NEVER_ABORTED);
    const command = process.commands.find((each) => each.type === "generate");
    return { events, rendered, command: command as GenerateCommand };
  } finally {
    await pool.close();
  }
}

function textOf(events: readonly { type: string }[], type: string): string {
  return (events as GenerationEvent[])
    .map((event) => event.type === type && "text" in event ? event.text : "")
    .join("");
}

const TOOLS = [{ type: "function", function: { name: "f" } }];
const CALL = '<tool_call>{"name": "f", "arguments": {}}</tool_call>';

Deno.test("Inference.generate() passes a plain answer on as it is", async () => {
  const { events, command } = await run(CHATS.plain, {}, ["<think>", "a"]);
  const types = events.map((event) => event.type);
  assertEquals(types, ["started", "text", "done"]);
  assertEquals(textOf(events, "text"), "<think>a");
  assertEquals(command.prompt, ["Q"]);
  assertEquals(command.controlTokens, undefined);
  assertEquals(command.schema, undefined);
  assertEquals(command.logprobs, undefined);
});

Deno.test("Inference.generate() splits thinking off only when it is wanted", async () => {
  const texts = ["<think>Hm</think>", "a"];
  const on = await run(CHATS.thinker, { think: "low" }, texts);
  assertEquals(textOf(on.events, "thinking"), "Hm");
  assertEquals(textOf(on.events, "text"), "a");
  assertEquals(on.command.controlTokens, true);
  const off = await run(CHATS.thinker, { think: false }, texts);
  assertEquals(textOf(off.events, "text"), "<think>Hm</think>a");
});

Deno.test("Inference.generate() splits off the thinking that a prompt begins in any case", async () => {
  const { events } = await run(CHATS.starter, { think: false }, [
    "Hm</think>",
    "a",
  ]);
  assertEquals(textOf(events, "thinking"), "Hm");
  assertEquals(textOf(events, "text"), "a");
});

Deno.test("Inference.generate() finds calls unless no tool may be called", async () => {
  const auto = await run(CHATS.thinker, { tools: TOOLS }, [CALL]);
  assertEquals(auto.events.map((event) => event.type), [
    "started",
    "call",
    "done",
  ]);
  const none = await run(
    CHATS.thinker,
    { tools: TOOLS, toolChoice: "none" },
    [CALL],
  );
  assertEquals(textOf(none.events, "text"), CALL);
});

Deno.test("Inference.generate() holds an answer to its format at once, or after its thinking", async () => {
  const format = { type: "json" } as const;
  const plain = await run(CHATS.plain, {}, [], { format });
  assertEquals(
    JSON.parse(plain.command.schema ?? ""),
    { type: "object", additionalProperties: true },
  );
  assertEquals(plain.command.schemaAfter, undefined);

  const off = await run(CHATS.thinker, { think: false }, [], { format });
  assertEquals(off.command.prompt, ["QA:"]);
  assertEquals(off.command.schemaAfter, undefined);

  const on = await run(CHATS.thinker, { think: true }, [], { format });
  assertEquals(on.command.prompt, ["QA:<think>\n"]);
  assertEquals(on.command.schemaAfter, "</think>");

  const begun = await run(CHATS.starter, { think: true }, [], { format });
  assertEquals(begun.command.prompt, ["QA:<think>"]);
  assertEquals(begun.command.schemaAfter, "</think>");

  const harmony = await run(CHATS.harmony, { think: true }, [], { format });
  assertEquals(harmony.command.prompt, ["QA:"]);
  assertEquals(harmony.command.schemaAfter, "<|channel|>final<|message|>");
});

Deno.test("Inference.generate() bounds thinking where tags tell it", async () => {
  const bounds = [
    [CHATS.thinker, true, { tokens: 7, open: "<think>", close: "</think>" }],
    [CHATS.starter, true, { tokens: 7, open: "", close: "</think>" }],
    [CHATS.thinker, false, undefined],
    [CHATS.plain, true, undefined],
    [CHATS.harmony, true, undefined],
  ] as const;
  for (const [chat, think, bound] of bounds) {
    const { command } = await run(chat, { think, thinkingTokens: 7 });
    assertEquals(command.thinking, bound);
  }
  assertEquals(
    (await run(CHATS.thinker, { think: true })).command.thinking,
    undefined,
  );
});

Deno.test("Inference.generate() holds an answer to a call when one is required", async () => {
  const call = '{"name": "f", "arguments": {"x": 1}}';
  for (const toolChoice of ["required", { name: "f" }] as const) {
    const { events, command } = await run(
      CHATS.thinker,
      { tools: TOOLS, toolChoice, think: true },
      ["Hm</think>", call],
    );
    assertEquals(textOf(events, "thinking"), "Hm");
    assertEquals(textOf(events, "text"), "");
    assertEquals(events.map((event) => event.type), [
      "started",
      "thinking",
      "call",
      "done",
    ]);
    assertEquals(command.schemaAfter, "</think>");
    assertEquals(command.schema?.includes('"const":"f"'), true);
  }
  const toolChoice = { name: "g" };
  await assertRejects(
    () => run(CHATS.thinker, { tools: TOOLS, toolChoice }),
    ServerError,
    'the tool "g" must be called but is not among the tools',
  );
});

Deno.test("Inference.generate() refuses a schema it cannot hold an answer to", async () => {
  const error = await assertRejects(
    () =>
      run(CHATS.plain, {}, [], {
        format: { type: "schema", schema: { not: {} } },
      }),
    ServerError,
    'unsupported keyword "not"',
  );
  assertEquals(error.status, 400);
});

Deno.test("Inference.generate() tells failures of the engine in Ollama's words", async () => {
  const cases = [
    [
      { kind: "prompt_too_long", message: "9 tokens do not fit" },
      400,
      TOO_LONG,
    ],
    [{ kind: "bad_request", message: "no tokens" }, 400, "no tokens"],
    [{ kind: "internal", message: "it broke" }, 500, "it broke"],
  ] as const;
  for (const [failure, status, message] of cases) {
    const error = await assertRejects(
      () => run(CHATS.plain, {}, failure),
      ServerError,
    );
    assertEquals([error.status, error.message], [status, message]);
  }
});

Deno.test("Inference.render() gives the prompt as the model gets it", async () => {
  const { rendered } = await run(CHATS.thinker, {});
  assertEquals(rendered, "QA:");
  const raw = await run(CHATS.thinker, {}, [], {
    prompt: { type: "raw", parts: ["x", [1, 2], "y"] },
  });
  assertEquals(raw.rendered, "xy");
  const model = { ...modelOf(CHATS.thinker), template: "{{ .Prompt }}!" };
  const go = await run("", {}, [], { model });
  assertEquals(go.rendered, "Q!");
  const preferring = { ...model, prefersOwnTemplate: true as const };
  const own = await run("", {}, [], { model: preferring });
  assertEquals(own.rendered, "QA:");
  const later = await run(CHATS.thinker, { prefix: [72, 105] });
  assertEquals(later.rendered, "HiQA:");
  assertEquals(raw.command.prompt, ["x", [1, 2], "y"]);
});
