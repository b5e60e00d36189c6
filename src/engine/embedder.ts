/**
 * Embedding requests: whole inputs, several in one decode.
 *
 * @module
 */

import { encodeBase64 } from "./base64.ts";
import type { Backend } from "./backend.ts";
import { NO_TOKENS, type TokenCounts } from "../generation.ts";
import type {
  EmbedCommand,
  EngineFailure,
  PromptPart,
  RequestEvent,
} from "../messages.ts";
import { cutPairTokens, pairTokens } from "./pair_tokens.ts";
import { checkTokens } from "./prompt_tokens.ts";

/** Ollama's words for an input that may not be cut. */
const INPUT_TOO_LONG = "the input length exceeds the context length";

interface Job {
  readonly command: EmbedCommand;
  readonly inputs: readonly (readonly number[])[];
  readonly vectors: string[];
  computed: number;
  startedAt: number;
}

/** Ollama's words for a context without room for any input. */
const NO_ROOM = "input after truncation exceeds maximum context length";

const NOT_FINITE: EngineFailure = {
  kind: "internal",
  message: "embedding contains NaN or Inf values",
};

/** What became of requests in a step. */
interface EmbedStep {
  readonly events: RequestEvent[];
  readonly computed: number;
}

/** An input to evaluate and the job it belongs to. */
interface Item {
  readonly job: Job;
  readonly tokens: readonly number[];
}

function countsOf(job: Job): TokenCounts {
  return { ...NO_TOKENS, computed: job.computed };
}

/** Evaluates the inputs of all requests, first come, first served. */
export class Embedder {
  readonly #backend: Backend;
  readonly #now: () => number;
  #jobs: Job[] = [];

  constructor(backend: Backend, now: () => number) {
    this.#backend = backend;
    this.#now = now;
  }

  get busy(): boolean {
    return this.#jobs.length > 0;
  }

  /** Takes a request. An event is returned when it has ended already. */
  submit(command: EmbedCommand): RequestEvent | undefined {
    const inputs: (readonly number[])[] = [];
    for (const input of command.inputs) {
      const tokens = this.#tokenize(input, command);
      if (typeof tokens === "string") {
        const error = { kind: "bad_request", message: tokens } as const;
        return { type: "failed", id: command.id, counts: NO_TOKENS, error };
      }
      inputs.push(tokens);
    }
    const job = {
      command,
      inputs,
      vectors: [],
      computed: 0,
      startedAt: this.#now(),
    };
    if (inputs.length === 0) {
      return this.#embedded(job);
    }
    this.#jobs.push(job);
    return undefined;
  }

  /** Drops a request. Undefined when there is none of this id. */
  cancel(id: number): RequestEvent | undefined {
    const job = this.#jobs.find((each) => each.command.id === id);
    if (job === undefined) {
      return undefined;
    }
    this.#jobs = this.#jobs.filter((each) => each !== job);
    return { type: "cancelled", id, counts: countsOf(job) };
  }

  /**
   * Evaluates what fits into one decode. `computed`: its tokens. When that
   * fails, those whose inputs were in it fail with `describe(error)`.
   */
  step(describe: (error: unknown) => EngineFailure): EmbedStep {
    const items = this.#nextItems();
    if (items.length === 0) {
      return { events: [], computed: 0 };
    }
    const jobs = [...new Set(items.map((item) => item.job))];
    let vectors: Float32Array[];
    try {
      vectors = this.#backend.embed(items.map((item) => item.tokens));
    } catch (error) {
      const failure = describe(error);
      const events = jobs.map((job) => this.#failed(job, failure));
      return { events, computed: 0 };
    }
    let computed = 0;
    items.forEach(({ job, tokens }, index) => {
      job.computed += tokens.length;
      computed += tokens.length;
      job.vectors.push(encodeBase64(vectors[index] ?? new Float32Array()));
    });
    const events = jobs.map((job) => {
      const bad = items.some((item, index) =>
        item.job === job && !vectors[index]?.every(Number.isFinite)
      );
      return bad ? this.#failed(job, NOT_FINITE) : this.#advanced(job);
    });
    return { events, computed };
  }

  #nextItems(): Item[] {
    const { contextLength, parallel } = this.#backend.info;
    const items: Item[] = [];
    let room = contextLength;
    for (const job of this.#jobs) {
      for (const tokens of job.inputs.slice(job.vectors.length)) {
        if (items.length === parallel || tokens.length > room) {
          return items;
        }
        items.push({ job, tokens });
        room -= tokens.length;
      }
    }
    return items;
  }

  #advanced(job: Job): RequestEvent {
    if (job.vectors.length < job.inputs.length) {
      const { id } = job.command;
      return { type: "progress", id, counts: countsOf(job), text: "" };
    }
    this.#jobs = this.#jobs.filter((each) => each !== job);
    return this.#embedded(job);
  }

  #embedded(job: Job): RequestEvent {
    const promptNs = Math.round((this.#now() - job.startedAt) * 1e6);
    return {
      type: "embedded",
      id: job.command.id,
      counts: countsOf(job),
      timings: { promptNs, decodeNs: 0 },
      vectors: job.vectors,
    };
  }

  #failed(job: Job, error: EngineFailure): RequestEvent {
    this.#jobs = this.#jobs.filter((each) => each !== job);
    const { id } = job.command;
    return { type: "failed", id, counts: countsOf(job), error };
  }

  /** Tokens of an input, or why it cannot be embedded. */
  #tokenize(
    input: PromptPart,
    { question, truncate }: EmbedCommand,
  ): readonly number[] | string {
    const backend = this.#backend;
    const most = backend.info.contextLength;
    const tokens = question !== undefined
      ? pairTokens(question, input, backend)
      : typeof input === "string"
      ? backend.tokenize(input, true)
      : input;
    checkTokens(tokens, backend);
    if (tokens.length <= most) {
      return tokens;
    }
    if (!truncate) {
      return INPUT_TOO_LONG;
    }
    return question === undefined
      ? this.#cut(tokens, most)
      : cutPairTokens(question, input, backend, most) ?? NO_ROOM;
  }

  /** Cuts at the end but for the last, special, token. */
  #cut(tokens: readonly number[], most: number): readonly number[] | string {
    // The tokens of no text at all are those that every text is given.
    return most <= this.#backend.tokenize("", true).length
      ? NO_ROOM
      : [...tokens.slice(0, most - 1), ...tokens.slice(-1)];
  }
}
