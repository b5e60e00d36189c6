import { assertEquals } from "@std/assert";
import { loadFailure } from "../../../src/runtime/engine_death.ts";
import { ScriptedEngine } from "../../testing/scripted_engine.ts";

const ENDED = "llama-server process has terminated";

/** What clients are told when a load failed with such a log. */
async function told(
  log: readonly string[],
  message?: string,
): Promise<string> {
  const process = new ScriptedEngine();
  process.log.push(...log);
  process.die({ code: 1, signal: null });
  return (await loadFailure(process, message, false)).message;
}

Deno.test("loadFailure() gives the reason and leaves out where it was written", async () => {
  const log = [
    "load_backend: loaded CPU backend from /somewhere/libggml.so",
    "llama_model_load: error loading model: unknown model architecture: 'x'",
    "llama_model_load_from_file_impl: failed to load model",
  ];
  assertEquals(
    await told(log, "error loading model"),
    `${ENDED}: error loading model: unknown model architecture: 'x'`,
  );
});

Deno.test("loadFailure() prefers a reason to a line that only says it failed", async () => {
  const log = [
    "gguf_init_from_reader: invalid magic characters: 'XGUF', expected 'GGUF'",
    "llama_model_load: error loading model: llama_model_loader: failed to " +
    "load model from /somewhere/sha256-1",
    "llama_model_load_from_file_impl: failed to load model",
  ];
  assertEquals(
    await told(log, "error loading model"),
    `${ENDED}: error loading model: invalid magic characters: 'XGUF', ` +
      "expected 'GGUF'",
  );
  assertEquals(
    await told(log.slice(2), "error loading model"),
    `${ENDED}: error loading model: failed to load model`,
  );
});

Deno.test("loadFailure() does not take the model's fields for a reason", async () => {
  const log = [
    "llama_model_loader: - kv  3: tokenizer.chat_template str = raise error",
  ];
  assertEquals(await told(log), `${ENDED}: exit status 1`);
});

Deno.test("loadFailure() tells a lack of memory apart, as Ollama does", async () => {
  const log = ["ggml_aligned_malloc: failed to allocate 81920.00 MB"];
  assertEquals(
    await told(log, "Cannot make a context"),
    "llama-server reported out-of-memory during startup: " +
      "Cannot make a context: failed to allocate 81920.00 MB",
  );
});
