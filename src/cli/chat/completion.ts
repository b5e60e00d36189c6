/**
 * One answer to one prompt, outside of a chat.
 *
 * @module
 */

import type { Client } from "../client.ts";
import { showAnswer, stoppable } from "./answer.ts";
import type { AnsweredCall, AnswerPart } from "./answer_part.ts";
import { readAttachments } from "./attachments.ts";
import { type ChatSettings, takesAttachments } from "./settings.ts";
import type { Timings } from "./timings.ts";

/** A chunk of `/api/generate`. */
interface GenerateChunk extends Timings {
  readonly response?: string;
  readonly thinking?: string;
  readonly tool_calls?: readonly AnsweredCall[];
  readonly done: boolean;
}

function toPart(chunk: GenerateChunk): AnswerPart {
  return {
    content: chunk.response ?? "",
    thinking: chunk.thinking ?? "",
    calls: chunk.tool_calls ?? [],
    ...(chunk.done ? { timings: chunk } : {}),
  };
}

async function* answerParts(
  client: Client,
  body: unknown,
  signal: AbortSignal,
): AsyncGenerator<AnswerPart> {
  const chunks = client.stream<GenerateChunk>("/api/generate", body, signal);
  for await (const chunk of chunks) {
    yield toPart(chunk);
  }
}

/** Loads the model, so that the first answer does not wait for it. */
export async function load(
  client: Client,
  { model, keepAlive, think }: ChatSettings,
): Promise<void> {
  await client.send("POST", "/api/generate", {
    model,
    keep_alive: keepAlive,
    think,
    stream: false,
  });
}

/** Shows the answer to a prompt; without a prompt the model is loaded. */
export async function complete(
  client: Client,
  settings: ChatSettings,
  prompt: string,
): Promise<void> {
  if (prompt === "") {
    await load(client, settings);
    return;
  }
  const { model, format, keepAlive, think, options } = settings;
  const { text, images } = takesAttachments(settings)
    ? await readAttachments(prompt)
    : { text: prompt, images: undefined };
  const body = {
    model,
    prompt: text,
    images,
    format,
    keep_alive: keepAlive,
    think,
    options,
  };
  await stoppable((signal) =>
    showAnswer(answerParts(client, body, signal), settings, signal)
  );
}
