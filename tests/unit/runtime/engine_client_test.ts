import { assert, assertEquals, assertRejects } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import type { TokenCounts } from "../../../src/generation.ts";
import type { EngineSpec } from "../../../src/messages.ts";
import {
  EngineClient,
  type EngineWork,
} from "../../../src/runtime/engine_client.ts";
import { ScriptedEngine } from "../../testing/scripted_engine.ts";

const SPEC = { modelPath: "m.gguf" } as EngineSpec;
const WORK = { type: "tokenize", text: "x", addSpecial: true } as EngineWork;
const counters = { engineTotals() {} };

/** A meter that remembers. */
function recordingMeter() {
  const updates: TokenCounts[] = [];
  return { updates, update: (counts: TokenCounts) => updates.push(counts) };
}

function start(process: ScriptedEngine, loadTimeoutMs = Infinity) {
  return EngineClient.start(SPEC, {
    id: "e1",
    process,
    counters,
    loadTimeoutMs,
  });
}

async function startReady(process: ScriptedEngine) {
  const client = start(process);
  process.ready();
  return await client;
}

const counts = (cached: number, computed: number, generated: number) => ({
  cached,
  computed,
  generated,
});

Deno.test("EngineClient.start() reports the engine's own reason", async () => {
  const process = new ScriptedEngine();
  const client = start(process);
  process.emit({ type: "load_failed", message: "not a GGUF file" });
  const error = await assertRejects(() => client, ServerError);
  assertEquals(error.kind, "load_failed");
  assertEquals(
    error.message,
    "llama-server process has terminated: not a GGUF file",
  );
});

Deno.test("EngineClient.start() passes a refusal on as it is", async () => {
  const process = new ScriptedEngine();
  const client = start(process);
  const message =
    "model requires more system memory (9.0 GiB) than is available";
  process.emit({ type: "load_failed", message, refused: true });
  const error = await assertRejects(() => client, ServerError);
  assertEquals([error.kind, error.message], ["load_failed", message]);
});

Deno.test("EngineClient.start() explains a death by signal and log", async () => {
  const process = new ScriptedEngine();
  const client = start(process);
  process.log.push("loading", "GGML_ASSERT(x) failed");
  process.die({ code: 134, signal: "SIGABRT" });
  const error = await assertRejects(() => client, ServerError);
  assertEquals(
    error.message,
    "llama-server process has terminated: signal: SIGABRT: " +
      "GGML_ASSERT(x) failed",
  );
});

Deno.test("EngineClient.start() gives up a load that stalls", async () => {
  const process = new ScriptedEngine();
  const error = await assertRejects(() => start(process, 20), ServerError);
  assert(error.message.startsWith("timed out waiting for"), error.message);
});

Deno.test("EngineClient.submit() relays events and keeps the meter", async () => {
  const process = new ScriptedEngine();
  const client = await startReady(process);
  const meter = recordingMeter();
  const request = client.submit(WORK, meter);
  const totals = counts(0, 3, 1);
  process.emit({
    type: "step",
    totals,
    events: [{ type: "progress", id: 1, counts: totals, text: "a" }],
  });
  assertEquals((await request.next()).type, "progress");
  process.emit({
    type: "step",
    totals: counts(0, 3, 2),
    events: [{
      type: "done",
      id: 1,
      reason: "stop",
      counts: counts(0, 3, 2),
      timings: { promptNs: 1, decodeNs: 1 },
      text: "",
    }],
  });
  assertEquals((await request.next()).type, "done");
  await request.ended;
  assertEquals(meter.updates, [totals, counts(0, 3, 2)]);
  await client.close();
});

Deno.test("EngineClient ends every request when the engine dies", async () => {
  const process = new ScriptedEngine();
  const client = await startReady(process);
  const meter = recordingMeter();
  const first = client.submit(WORK, meter);
  const second = client.submit(WORK);
  const seen = counts(1, 2, 3);
  process.emit({
    type: "step",
    totals: seen,
    events: [{ type: "progress", id: 1, counts: seen, text: "" }],
  });
  await first.next();
  second.cancel();
  process.kill();
  const error = await assertRejects(() => first.next(), ServerError);
  assertEquals(error.kind, "engine_died");
  await Promise.all([first.ended, second.ended, client.closed]);
  assertEquals(meter.updates, [seen]);
  await assertRejects(() => Promise.resolve().then(() => client.submit(WORK)));
});

Deno.test("EngineClient.cancel() is sent once and not after the end", async () => {
  const process = new ScriptedEngine();
  const client = await startReady(process);
  const request = client.submit(WORK);
  request.cancel();
  request.cancel();
  process.emit({
    type: "step",
    totals: counts(0, 0, 0),
    events: [{ type: "cancelled", id: 1, counts: counts(0, 0, 0) }],
  });
  await request.ended;
  request.cancel();
  const cancels = process.commands.filter((each) => each.type === "cancel");
  assertEquals(cancels.length, 1);
  await client.close();
});
