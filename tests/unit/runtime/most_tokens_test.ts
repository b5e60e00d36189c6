import { assertEquals } from "@std/assert";
import type { PromptPart } from "../../../src/messages.ts";
import type { EngineClient } from "../../../src/runtime/engine_client.ts";
import type {
  EmbeddingRequest,
  GenerationRequest,
} from "../../../src/runtime/generation_request.ts";
import {
  mostInputTokens,
  mostTokens,
} from "../../../src/runtime/most_tokens.ts";

/** An engine for which every letter is a token, and how often it was asked. */
class Engine {
  readonly info = { contextLength: 100 };
  asked = 0;

  submit({ text }: { readonly text: string }) {
    this.asked++;
    const tokens = [...text].map((letter) => letter.charCodeAt(0));
    return { next: () => Promise.resolve({ type: "tokenized", tokens }) };
  }
}

function most(
  parts: readonly PromptPart[],
  limits: { readonly shift: boolean; readonly maxTokens?: number },
  ample: boolean,
) {
  const engine = new Engine();
  const tokens = mostTokens(
    engine as unknown as EngineClient,
    { parts, text: "" },
    { limits } as unknown as GenerationRequest,
    () => ample,
  );
  return tokens.then((most) => [most, engine.asked]);
}

Deno.test("mostTokens() counts the prompt, unless a bound is ample", async () => {
  const limits = { shift: false, maxTokens: 10 };
  assertEquals(await most(["hello", [1, 2]], limits, false), [17, 1]);
  assertEquals(await most(["hello", [1, 2]], limits, true), [31, 0]);
});

Deno.test("mostTokens() knows where an answer ends that nobody limits", async () => {
  assertEquals(await most(["hello"], { shift: false }, false), [100, 1]);
  assertEquals(await most(["hello"], { shift: true }, false), [1005, 1]);
  const long = "x".repeat(200);
  assertEquals(await most([long], { shift: false }, true), [100, 0]);
});

Deno.test("mostInputTokens() scores every input by its question", async () => {
  const embed = async (question: string | undefined, ample: boolean) => {
    const engine = new Engine();
    const tokens = await mostInputTokens(
      engine as unknown as EngineClient,
      {
        inputs: ["ab", "c"],
        ...(question === undefined ? {} : { question: { text: question } }),
      } as unknown as EmbeddingRequest,
      () => ample,
    );
    return [tokens, engine.asked];
  };
  assertEquals(await embed(undefined, false), [3, 2]);
  assertEquals(await embed("why", false), [3 + 2 * 7, 3]);
  assertEquals(await embed(undefined, true), [6 + 4 + 3 + 4, 0]);
});
