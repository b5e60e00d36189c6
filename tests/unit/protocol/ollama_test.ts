import { assert, assertEquals } from "@std/assert";
import type { GenerationDone } from "../../../src/generation.ts";
import {
  type AnswerEvent,
  chatPart,
  generatePart,
  toChunks,
} from "../../../src/protocol/ollama.ts";

const done: GenerationDone = {
  type: "done",
  reason: "stop",
  counts: { cached: 3, computed: 4, generated: 2 },
  timings: { promptNs: 10, decodeNs: 20 },
};

async function* eventsOf(
  end: GenerationDone,
): AsyncGenerator<AnswerEvent, void> {
  yield { type: "started", loadNs: 5 };
  yield { type: "text", text: "Hel" };
  yield { type: "text", text: "lo" };
  yield await Promise.resolve(end);
}

function answer<Part>(part: (text: string) => Part) {
  return { model: "M", arrivedAt: performance.now(), part };
}

Deno.test("toChunks() streams texts and ends with the measurements", async () => {
  const events = eventsOf({ ...done, context: [1, 2] });
  const chunks = await Array.fromAsync(
    toChunks(events, answer(generatePart), true),
  );
  assertEquals(chunks.map((each) => each.response), ["Hel", "lo", ""]);
  assertEquals(chunks.map((each) => each.done), [false, false, true]);
  const { created_at, total_duration, ...last } = chunks[2]!;
  assertEquals(last, {
    model: "M",
    response: "",
    done: true,
    done_reason: "stop",
    context: [1, 2],
    load_duration: 5,
    prompt_eval_count: 7,
    prompt_eval_cached_count: 3,
    prompt_eval_duration: 10,
    eval_count: 2,
    eval_duration: 20,
  });
  assert(Number.isInteger(total_duration) && total_duration! > 0);
  assert(!Number.isNaN(Date.parse(created_at)));
});

Deno.test("toChunks() gives the whole text at once when not streaming", async () => {
  const chunks = await Array.fromAsync(
    toChunks(eventsOf(done), answer(chatPart), false),
  );
  assertEquals(chunks.length, 1);
  assertEquals(chunks[0]!.message, { role: "assistant", content: "Hello" });
});

Deno.test("toChunks() leaves out counts that are zero", async () => {
  const end = { ...done, counts: { cached: 0, computed: 4, generated: 0 } };
  const [chunk] = await Array.fromAsync(
    toChunks(eventsOf(end), answer(chatPart), false),
  );
  assertEquals("eval_count" in chunk!, false);
  assertEquals("prompt_eval_cached_count" in chunk!, false);
  assertEquals("prompt_truncated" in chunk!, false);
});

Deno.test("toChunks() tells when the prompt was cut", async () => {
  const truncation = { originalTokens: 900, keptTokens: 500 };
  const [chunk] = await Array.fromAsync(
    toChunks(eventsOf({ ...done, truncation }), answer(chatPart), false),
  );
  assertEquals(chunk!.prompt_truncated, true);
  assertEquals(chunk!.prompt_original_tokens, 900);
});
