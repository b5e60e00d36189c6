/**
 * The spine of a request: lease the model, submit the work, relay its events,
 * leave the counting to the meter, give the lease back.
 *
 * @module
 */

import { anySignal } from "../abort.ts";
import type { Config } from "../config.ts";
import type {
  AnswerEvent,
  Caller,
  Timings,
  TokenCounts,
} from "../generation.ts";
import { ranks } from "../models/capabilities.ts";
import type { ResolvedModel } from "../models/model.ts";
import {
  AnswerReader,
  hasReadPrompt,
  isReport,
  joinTexts,
} from "./answer_reader.ts";
import { grammarOf } from "./answer_schema.ts";
import { complete, fail } from "./booking.ts";
import type { EngineRequest, EngineWork } from "./engine_client.ts";
import { runnerKey, wantedFor } from "./engine_spec.ts";
import type {
  EmbeddingRequest,
  GenerationRequest,
  Work,
} from "./generation_request.ts";
import type { Lease, LoadedModel, ModelPool } from "./model_pool.ts";
import { promptOf, type RenderedPrompt } from "./prompt_rendering.ts";
import { endError, INPUT_TOO_LONG } from "./request_failure.ts";
import type { Allowance, KeyLimits } from "../usage/keys/key_limits.ts";
import type { Meter } from "../usage/open_entry.ts";
import { mostInputTokens, mostTokens } from "./most_tokens.ts";
import type { GrammarSource } from "../prompt/grammar_source.ts";
import { countTokens, detokenize, textOfTokens, tokenize } from "./tokens.ts";
import { decodeVector, toUnitLength } from "./vectors.ts";

export type {
  ChatPrompt,
  EmbeddingRequest,
  GenerationRequest,
  Prompt,
  ToolChoice,
} from "./generation_request.ts";

/** Vectors, one an input, in order. */
export interface Embeddings {
  readonly vectors: readonly Float32Array[];
  readonly counts: TokenCounts;
  readonly timings: Timings;
  readonly loadNs: number;
}

/** Where requests are counted. */
export interface MeterSource {
  open(caller: Caller, model: string): Meter;
}

/** How a request is counted and what it may use. */
interface Account {
  readonly meter: Meter;
  readonly allowance: Allowance;
}

/** What {@linkcode Inference} is made of. */
export interface InferenceOptions {
  readonly pool: ModelPool;
  readonly meters: MeterSource;
  readonly limits: KeyLimits;
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
  ): AsyncGenerator<AnswerEvent, void> {
    const left = new AbortController();
    const either = anySignal(signal, left.signal);
    return stopOnReturn(this.#booked(request, either), left);
  }

  /** Books the generation, whatever becomes of it. */
  async *#booked(
    request: GenerationRequest,
    signal: AbortSignal,
  ): AsyncGenerator<AnswerEvent, void> {
    const meter = this.#meter(request);
    let allowance: Allowance | undefined;
    try {
      allowance = await this.#options.limits.admit(request.caller);
      yield* this.#generate(request, { meter, allowance }, signal);
    } catch (error) {
      fail(meter, error);
      throw error;
    } finally {
      meter.end("cancelled");
      allowance?.end();
    }
  }

  async *#generate(
    request: GenerationRequest,
    { meter, allowance }: Account,
    signal: AbortSignal,
  ): AsyncGenerator<AnswerEvent, void> {
    const grammar = grammarOf(request);
    using lease = await this.#lease(request, signal, meter);
    const prompt = await promptOf(request, lease.engine);
    if (allowance.limited) {
      const { isAmple } = allowance;
      await allowance.reserve(
        await mostTokens(lease.engine, prompt, request, isAmple),
      );
    }
    const work = lease.engine.submit(toWork(request, prompt, grammar), meter);
    await using _ended = endOnLeave(work, signal);
    const reader = new AnswerReader(prompt.parser, prompt.truncation);
    let started = false;
    while (true) {
      const events = [await work.next(), ...work.arrived()];
      const reports = events.filter(isReport);
      const ready = reports.find(hasReadPrompt);
      if (!started && ready !== undefined) {
        started = true;
        const { cached, computed } = ready.counts;
        const prompt = { cached, computed };
        yield { type: "started", loadNs: lease.loadNs, prompt };
      }
      const read = reports.flatMap((report) => reader.read(report));
      complete(meter, read.at(-1));
      yield* joinTexts(read);
      const last = events.at(-1);
      if (last?.type === "done") {
        return;
      }
      if (last !== undefined && !isReport(last)) {
        throw endError(last, lease.engine.info.contextLength);
      }
    }
  }

  /**
   * The prompt as the model would get it, cut to fit if it may be cut. Throws
   * {@linkcode ServerError}.
   */
  async render(
    request: GenerationRequest,
    signal: AbortSignal,
  ): Promise<string> {
    using lease = await this.#lease(request, signal);
    const limit = request.limits.truncate ? undefined : Infinity;
    const { prompt } = request;
    const { text } = await promptOf(request, lease.engine, limit);
    return prompt.type === "chat" && prompt.prefix !== undefined
      ? await textOfTokens(lease.engine, prompt.prefix) + text
      : text;
  }

  /** Tokens the prompt has, fit or not. Throws {@linkcode ServerError}. */
  async count(
    request: GenerationRequest,
    signal: AbortSignal,
  ): Promise<number> {
    using lease = await this.#lease(request, signal);
    const { parts } = await promptOf(request, lease.engine, Infinity);
    return await countTokens(lease.engine, parts);
  }

  /** Tokens of a text. Throws {@linkcode ServerError}. */
  async tokenize(
    work: Work,
    text: string,
    addSpecial: boolean,
    signal: AbortSignal,
  ): Promise<readonly number[]> {
    using lease = await this.#lease(work, signal);
    return await tokenize(lease.engine, text, addSpecial);
  }

  /** Bytes of each token. Throws {@linkcode ServerError}. */
  async detokenize(
    work: Work,
    tokens: readonly number[],
    signal: AbortSignal,
  ): Promise<readonly (readonly number[])[]> {
    using lease = await this.#lease(work, signal);
    return await detokenize(lease.engine, tokens);
  }

  /**
   * Embeds texts; a model that ranks gives each its scores instead of a vector.
   * Throws {@linkcode ServerError}.
   */
  async embed(
    request: EmbeddingRequest,
    signal: AbortSignal,
  ): Promise<Embeddings> {
    const meter = this.#meter(request);
    let allowance: Allowance | undefined;
    try {
      allowance = await this.#options.limits.admit(request.caller);
      return await this.#embed(request, { meter, allowance }, signal);
    } catch (error) {
      fail(meter, error);
      throw error;
    } finally {
      allowance?.end();
    }
  }

  async #embed(
    request: EmbeddingRequest,
    { meter, allowance }: Account,
    signal: AbortSignal,
  ): Promise<Embeddings> {
    using lease = await this.#lease(request, signal, meter);
    const { inputs, question, truncate } = request;
    if (allowance.limited) {
      await allowance.reserve(
        await mostInputTokens(lease.engine, request, allowance.isAmple),
      );
    }
    const work = lease.engine.submit({
      type: "embed",
      inputs,
      truncate,
      ...(question === undefined ? {} : { question }),
    }, meter);
    await using _ended = endOnLeave(work, signal);
    while (true) {
      const event = await work.next();
      if (event.type === "embedded") {
        const { counts, timings } = event;
        meter.end("completed", { timings });
        const decoded = event.vectors.map(decodeVector);
        // Scores have a size; vectors a direction.
        const raw = request.raw || ranks(request.model.metadata);
        const vectors = raw ? decoded : decoded.map(toUnitLength);
        return { vectors, counts, timings, loadNs: lease.loadNs };
      }
      if (event.type !== "progress") {
        const { contextLength } = lease.engine.info;
        throw endError(event, contextLength, INPUT_TOO_LONG);
      }
    }
  }

  /** Loads a model, or renews its keep-alive. */
  async load(work: Work, signal: AbortSignal): Promise<{ loadNs: number }> {
    using lease = await this.#lease(work, signal);
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

  /** Requests that wait for a turn. */
  get queueLength(): number {
    return this.#options.pool.queueLength;
  }

  /** Ends every engine. */
  close(): Promise<void> {
    return this.#options.pool.close();
  }

  #meter({ caller, model }: Work): Meter {
    return this.#options.meters.open(caller, model.shortName);
  }

  async #lease(
    work: Work,
    signal: AbortSignal,
    meter?: Meter,
  ): Promise<Lease & Disposable> {
    const { config, cores, limits, pool } = this.#options;
    limits.checkModel(work.caller, work.model.shortName);
    const wanted = wantedFor(work.model, work.runner, config, cores);
    const lease = await pool.acquire(wanted, work.keepAliveMs, signal);
    const { loadNs, queueNs } = lease;
    meter?.leased({ queueNs, loadNs: loadNs - queueNs });
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

function toWork(
  { sampling, limits, logprobs, wantContext }: GenerationRequest,
  { parts, parser, schemaAfter, thinking }: RenderedPrompt,
  grammar: GrammarSource | undefined,
): EngineWork {
  return {
    type: "generate",
    prompt: parts,
    sampling,
    limits,
    wantContext,
    ...grammar,
    ...(schemaAfter === undefined ? {} : { schemaAfter }),
    ...(thinking === undefined ? {} : { thinking }),
    ...(parser === undefined ? {} : { controlTokens: true }),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
}
