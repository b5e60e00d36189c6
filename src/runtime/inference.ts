/**
 * The spine of a request: lease the model, submit the work, relay its events,
 * leave the counting to the meter, give the lease back.
 *
 * @module
 */

import type { Config } from "../config.ts";
import { ServerError } from "../errors.ts";
import type {
  AnswerFormat,
  ChatMessage,
  GenerationEvent,
  GenerationLimits,
  RunnerOptions,
  SamplingParams,
  Timings,
  TokenCounts,
  Truncation,
} from "../generation.ts";
import type { EngineFailure, PromptPart } from "../messages.ts";
import type { ResolvedModel } from "../models/model.ts";
import { renderChat } from "../prompt/chat_template.ts";
import type { EngineClient, EngineRequest, Meter } from "./engine_client.ts";
import { runnerKey, wantedFor } from "./engine_spec.ts";
import type { Lease, LoadedModel, ModelPool } from "./model_pool.ts";
import {
  fitPrompt,
  type FittedPrompt,
  PROMPT_TOO_LONG,
} from "./prompt_fitting.ts";

/** Ollama's words for a text to embed that may not be cut. */
const INPUT_TOO_LONG = "the input length exceeds the context length";

/** What a generation starts from. */
export type Prompt =
  | { readonly type: "raw"; readonly parts: readonly PromptPart[] }
  | ChatPrompt;

/** Whether tools may, must not or must be called, or which one must be. */
export type ToolChoice =
  | "auto"
  | "none"
  | "required"
  | { readonly name: string };

/** Turns to be rendered by the model's template. */
export interface ChatPrompt {
  readonly type: "chat";
  readonly messages: readonly ChatMessage[];
  /** Tokens of an earlier exchange that go before. */
  readonly prefix?: readonly number[];
  readonly tools?: readonly unknown[];
  /** Absent is `auto`. */
  readonly toolChoice?: ToolChoice;
  readonly think?: boolean | string;
  readonly suffix?: string;
  /** Go template instead of the model's own. */
  readonly template?: string;
}

/** What every piece of work says about itself. */
interface Work {
  readonly model: ResolvedModel;
  /** Path of the route, for the ledger. */
  readonly endpoint: string;
  readonly runner: RunnerOptions;
  /** Milliseconds; Infinity keeps it for ever; absent: the server's. */
  readonly keepAliveMs?: number;
}

/** One generation. */
export interface GenerationRequest extends Work {
  readonly prompt: Prompt;
  readonly sampling: SamplingParams;
  readonly limits: GenerationLimits;
  readonly format?: AnswerFormat;
  /** Log probabilities: alternatives for each token, 0 for none. */
  readonly logprobs?: number;
  readonly wantContext: boolean;
}

/** Texts to embed. */
export interface EmbeddingRequest extends Work {
  readonly inputs: readonly PromptPart[];
  readonly truncate: boolean;
}

/** Vectors, one an input, in order. */
export interface Embeddings {
  readonly vectors: readonly Float32Array[];
  readonly counts: TokenCounts;
  readonly timings: Timings;
  readonly loadNs: number;
}

/** Comes first, when the model has taken the prompt. */
export interface Started {
  readonly type: "started";
  readonly loadNs: number;
}

/** Where requests are counted. */
export interface MeterSource {
  open(work: { readonly model: string; readonly endpoint: string }): Meter;
}

/** What {@linkcode Inference} is made of. */
export interface InferenceOptions {
  readonly pool: ModelPool;
  readonly meters: MeterSource;
  readonly config: Config;
  readonly cores: number;
}

/** Runs models for the routes. */
export class Inference {
  readonly #options: InferenceOptions;

  constructor(options: InferenceOptions) {
    this.#options = options;
  }

  /**
   * Generates. Errors are thrown as {@linkcode ServerError}; aborting the
   * signal, or returning early, ends the work in the engine.
   */
  generate(
    request: GenerationRequest,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationEvent | Started, void> {
    const left = new AbortController();
    const either = AbortSignal.any([signal, left.signal]);
    return stopOnReturn(this.#generate(request, either), left);
  }

  async *#generate(
    request: GenerationRequest,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationEvent | Started, void> {
    using lease = await this.#lease(request, signal);
    const fitted = await fit(request, lease.engine);
    const work = lease.engine.submit({
      type: "generate",
      prompt: fitted.parts,
      sampling: request.sampling,
      limits: request.limits,
      wantContext: request.wantContext,
    }, this.#meter(request));
    await using _ended = endOnLeave(work, signal);
    let started = false;
    while (true) {
      const event = await work.next();
      if (!started && (event.type === "progress" || event.type === "done")) {
        started = true;
        yield { type: "started", loadNs: lease.loadNs };
      }
      if (event.type === "progress") {
        if (event.text !== "") {
          yield { type: "text", text: event.text };
        }
      } else if (event.type === "done") {
        if (event.text !== "") {
          yield { type: "text", text: event.text };
        }
        const done = { ...event, type: "done", reasoningTokens: 0 } as const;
        yield { ...done, ...truncationOf(fitted, event) };
        return;
      } else {
        throw endError(event);
      }
    }
  }

  /** Embeds texts. Throws {@linkcode ServerError}. */
  async embed(
    request: EmbeddingRequest,
    signal: AbortSignal,
  ): Promise<Embeddings> {
    using lease = await this.#lease(request, signal);
    const work = lease.engine.submit({
      type: "embed",
      inputs: request.inputs,
      truncate: request.truncate,
    }, this.#meter(request));
    await using _ended = endOnLeave(work, signal);
    while (true) {
      const event = await work.next();
      if (event.type === "embedded") {
        const { counts, timings } = event;
        const vectors = event.vectors.map(decodeVector);
        return { vectors, counts, timings, loadNs: lease.loadNs };
      }
      if (event.type !== "progress") {
        throw endError(event, INPUT_TOO_LONG);
      }
    }
  }

  /** Loads a model, or renews its keep-alive. */
  async load(
    model: ResolvedModel,
    runner: RunnerOptions,
    keepAliveMs: number | undefined,
    signal: AbortSignal,
  ): Promise<{ loadNs: number }> {
    const work = { model, runner, endpoint: "" };
    using lease = await this.#lease(
      keepAliveMs === undefined ? work : { ...work, keepAliveMs },
      signal,
    );
    return { loadNs: lease.loadNs };
  }

  /** Unloads a model as soon as nobody uses it. */
  unload(model: ResolvedModel): Promise<void> {
    return this.#options.pool.unload(runnerKey(model));
  }

  /** Models in memory. */
  loaded(): readonly LoadedModel[] {
    return this.#options.pool.loaded();
  }

  /** Ends every engine. */
  close(): Promise<void> {
    return this.#options.pool.close();
  }

  #meter(work: Work): Meter {
    return this.#options.meters.open({
      model: work.model.shortName,
      endpoint: work.endpoint,
    });
  }

  async #lease(work: Work, signal: AbortSignal): Promise<Lease & Disposable> {
    const { config, cores, pool } = this.#options;
    const wanted = wantedFor(work.model, work.runner, config, cores);
    const lease = await pool.acquire(wanted, work.keepAliveMs, signal);
    return { ...lease, [Symbol.dispose]: () => lease.release() };
  }
}

/** A generator that waits cannot be returned: it has to be woken first. */
function stopOnReturn<T>(
  generator: AsyncGenerator<T, void>,
  left: AbortController,
): AsyncGenerator<T, void> {
  return Object.assign(Object.create(generator), {
    next: () => generator.next(),
    throw: (error: unknown) => generator.throw(error),
    return: () => {
      left.abort();
      return generator.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  });
}

/** Cancels what is unfinished, and waits until the engine has let go of it. */
function endOnLeave(
  work: EngineRequest,
  signal: AbortSignal,
): AsyncDisposable {
  const cancel = () => work.cancel();
  signal.addEventListener("abort", cancel);
  if (signal.aborted) {
    cancel();
  }
  return {
    async [Symbol.asyncDispose]() {
      signal.removeEventListener("abort", cancel);
      work.cancel();
      await work.ended;
    },
  };
}

async function tokenize(
  engine: EngineClient,
  text: string,
): Promise<readonly number[]> {
  const work = engine.submit({ type: "tokenize", text, addSpecial: true });
  const event = await work.next();
  if (event.type !== "tokenized") {
    throw endError(event);
  }
  return event.tokens;
}

async function fit(
  request: GenerationRequest,
  engine: EngineClient,
): Promise<FittedPrompt> {
  const { model, prompt, limits } = request;
  if (prompt.type === "raw") {
    return { parts: prompt.parts };
  }
  const { bosText, eosText, contextLength } = engine.info;
  const { messages: _messages, prefix = [], template, ...input } = prompt;
  const go = template ?? model.template;
  const jinja = model.metadata.chatTemplate;
  const source = {
    ...(go === undefined ? {} : { go }),
    ...(jinja === undefined ? {} : { jinja }),
  };
  const fitted = await fitPrompt({
    messages: prompt.messages,
    render: (messages) =>
      renderChat(source, { ...input, messages, bosText, eosText }),
    tokenize: (text) => tokenize(engine, text),
    limit: contextLength - prefix.length,
    truncate: limits.truncate,
  });
  return prefix.length === 0
    ? fitted
    : { ...fitted, parts: [prefix, ...fitted.parts] };
}

/** Turns dropped here and tokens cut by the engine are one truncation. */
function truncationOf(
  fitted: FittedPrompt,
  event: { readonly truncation?: Truncation },
): { truncation?: Truncation } {
  const { truncation } = fitted;
  if (truncation === undefined) {
    return {};
  }
  const keptTokens = event.truncation?.keptTokens ?? truncation.keptTokens;
  return { truncation: { ...truncation, keptTokens } };
}

/** The error that an ending which is none of the good ones stands for. */
function endError(
  event:
    | { readonly type: "failed"; readonly error: EngineFailure }
    | { readonly type: string },
  tooLong = PROMPT_TOO_LONG,
): ServerError {
  if (!("error" in event)) {
    return new ServerError("cancelled", "request canceled");
  }
  const { kind, message } = event.error;
  switch (kind) {
    case "prompt_too_long":
      return new ServerError("bad_request", tooLong, { cause: message });
    case "bad_request":
      return new ServerError("bad_request", message);
    case "internal":
      return new ServerError("internal", message);
    default:
      return kind satisfies never;
  }
}

function decodeVector(base64: string): Float32Array {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}
