/**
 * llama-server's own `POST /completion`: its prompts and options in the words
 * of the domain, and its answers.
 *
 * @module
 */

import type {
  Candidate,
  GenerationDone,
  SamplingParams,
  TokenLogprob,
} from "../generation.ts";
import type { OllamaOptions } from "../model_options.ts";
import type {
  LlamaCompletionRequest,
  LlamaGeneration,
  LlamaInfillRequest,
} from "./llama_types.ts";
import { toTimings } from "./llama_timings.ts";
import type { Choice, ChoiceEvent } from "./openai_choice.ts";
import type { TextOrTokens } from "./openai_completion.ts";

type Written = LlamaCompletionRequest["prompt"];

/** What llama-server takes when neither request nor model says. */
const DEFAULTS: OllamaOptions = {
  temperature: 0.8,
  top_k: 40,
  top_p: 0.95,
  min_p: 0.05,
};

/** Fields whose names are options'. */
const OPTION_FIELDS = [
  "temperature",
  "top_k",
  "top_p",
  "min_p",
  "typical_p",
  "repeat_penalty",
  "repeat_last_n",
  "presence_penalty",
  "frequency_penalty",
  "seed",
] as const;

/** Texts and tokens that follow each other. */
export type PromptParts = readonly TextOrTokens[];

function partsOf(written: Exclude<Written, readonly unknown[]>): PromptParts {
  return [typeof written === "string" ? written : written.prompt_string];
}

/** Tokens and texts in one list are one prompt if there is a token in it. */
function isOne(written: Written): boolean {
  return !Array.isArray(written) ||
    written.some((each) => typeof each === "number");
}

function toParts(written: unknown): PromptParts {
  return Array.isArray(written)
    ? written.map((each) => typeof each === "number" ? [each] : each)
    : partsOf(written as Exclude<Written, readonly unknown[]>);
}

/** The prompts of a request, and whether its answer is a list. */
export function toPrompts(
  written: Written,
): { prompts: PromptParts[]; isList: boolean } {
  return isOne(written)
    ? { prompts: [toParts(written)], isList: false }
    : { prompts: (written as unknown[]).map(toParts), isList: true };
}

/** The text before the gap, with what helps before it. */
export function beforeGap(
  { input_prefix, prompt, input_extra }: LlamaInfillRequest,
): string {
  const files = (input_extra ?? [])
    .map((each) => `${each.filename ?? ""}\n${each.text}\n`);
  return files.join("") + input_prefix + (prompt ?? "");
}

/** A request's options over the model's over llama-server's. */
export function toLlamaOptions(
  body: LlamaGeneration,
  model: OllamaOptions,
): OllamaOptions {
  const given = OPTION_FIELDS.flatMap((name) => {
    const value = body[name];
    return value === null || value === undefined ? [] : [[name, value]];
  });
  const { stop } = body;
  const most = body.n_predict ?? body.max_tokens;
  return {
    ...DEFAULTS,
    ...model,
    ...Object.fromEntries(given),
    ...(stop ? { stop: [stop].flat() } : {}),
    ...(most === null || most === undefined ? {} : { num_predict: most }),
  };
}

/** What of a request its answers repeat. */
export interface LlamaHead {
  readonly model: string;
  readonly sampling: SamplingParams;
  /** Tokens at most, -1 for no bound. */
  readonly maxTokens: number;
  readonly stop: readonly string[];
  /** As text, one for each prompt. */
  readonly prompts: readonly string[];
  readonly body: LlamaGeneration;
}

/** The settings a generation had, in llama-server's names. */
export function toSettings(
  sampling: SamplingParams,
  maxTokens: number,
  stop: readonly string[] = [],
) {
  return {
    seed: sampling.seed ?? 0xffffffff,
    temperature: sampling.temperature,
    top_k: sampling.topK,
    top_p: sampling.topP,
    min_p: sampling.minP,
    typical_p: sampling.typicalP,
    repeat_last_n: sampling.repeatLastN,
    repeat_penalty: sampling.repeatPenalty,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    max_tokens: maxTokens,
    n_predict: maxTokens,
    stop,
    logit_bias: (sampling.logitBias ?? []).map(({ token, bias }) => ({
      token,
      bias,
    })),
  };
}

function toCandidate({ id, token, bytes, logprob }: Candidate) {
  return { id, token, bytes, logprob };
}

function toProbabilities(logprobs: readonly TokenLogprob[]) {
  return logprobs.map((each) => ({
    ...toCandidate(each),
    top_logprobs: each.top.map(toCandidate),
  }));
}

function stopTypeOf({ reason, stopString }: GenerationDone) {
  return reason === "length"
    ? "limit"
    : stopString === undefined
    ? "eos"
    : "word";
}

/** Numbers and settings with which an answer ends. */
function toEnding(
  head: LlamaHead,
  index: number,
  text: string,
  end: GenerationDone,
) {
  const { counts, stopString = "" } = end;
  const { sampling, maxTokens, stop, prompts, model } = head;
  const all = maxTokens >= 0 && counts.generated >= maxTokens;
  return {
    id_slot: -1,
    stop: true,
    model,
    tokens_predicted: counts.generated,
    tokens_evaluated: counts.cached + counts.computed,
    generation_settings: toSettings(sampling, maxTokens, stop),
    prompt: prompts[index] ?? "",
    has_new_line: text.includes("\n"),
    // The context was full before the bound was reached.
    truncated: end.reason === "length" && !all,
    stop_type: stopTypeOf(end),
    stopping_word: stopString,
    tokens_cached: counts.cached,
    timings: toTimings(end),
  };
}

/** The fields asked for; `a/b` is field `b` of field `a`. */
function pick(answer: Record<string, unknown>, fields: readonly string[]) {
  const valueAt = (path: string) =>
    path.split("/").reduce<unknown>(
      (at, key) => (at as Record<string, unknown> | undefined)?.[key],
      answer,
    );
  const entries = fields.map((path) => [path, valueAt(path)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** A whole answer. */
export function toLlamaCompletion(
  head: LlamaHead,
  choice: Choice,
  index: number,
): Record<string, unknown> {
  const { text, end, logprobs } = choice;
  if (end === undefined) {
    return {};
  }
  const { return_tokens, n_probs, response_fields } = head.body;
  const { generated } = end.counts;
  const answer = {
    index,
    content: text,
    tokens: return_tokens && generated > 0
      ? end.context?.slice(-generated) ?? []
      : [],
    ...toEnding(head, index, text, end),
    ...(n_probs ? { completion_probabilities: toProbabilities(logprobs) } : {}),
  };
  return response_fields?.length ? pick(answer, response_fields) : answer;
}

/** The parts of an answer as they come. */
export async function* toLlamaChunks(
  head: LlamaHead,
  events: AsyncIterable<ChoiceEvent>,
): AsyncGenerator<unknown, void> {
  const texts = head.prompts.map(() => "");
  for await (const { index, value } of events) {
    if (value.type === "text") {
      texts[index] += value.text;
      yield {
        index,
        content: value.text,
        tokens: [],
        stop: false,
        id_slot: -1,
        ...(head.body.n_probs
          ? { completion_probabilities: toProbabilities(value.logprobs ?? []) }
          : {}),
      };
    } else if (value.type === "done") {
      const ending = toEnding(head, index, texts[index] ?? "", value);
      yield { index, content: "", tokens: [], ...ending };
    }
  }
}
