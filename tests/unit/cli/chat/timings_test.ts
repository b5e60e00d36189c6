import { assertEquals } from "@std/assert";
import { timingLines } from "../../../../src/cli/chat/timings.ts";

Deno.test("timingLines() prints Ollama's block", () => {
  assertEquals(
    timingLines({
      total_duration: 2_500_000_000,
      load_duration: 12_500_000,
      prompt_eval_count: 13,
      prompt_eval_duration: 500_000_000,
      eval_count: 30,
      eval_duration: 1_500_000_000,
    }),
    `total duration:       2.5s
load duration:        12.5ms
prompt eval count:    13 token(s)
prompt eval duration: 500ms
prompt eval rate:     26.00 tokens/s
eval count:           30 token(s)
eval duration:        1.5s
eval rate:            20.00 tokens/s
`,
  );
});

Deno.test("timingLines() leaves out what was not measured", () => {
  assertEquals(
    timingLines({ eval_count: 3, eval_duration: 0 }),
    "eval count:           3 token(s)\n",
  );
});
