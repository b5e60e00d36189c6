/**
 * The engine's step: receive, schedule, decode, sample, emit.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import { NO_TOKENS, type TokenCounts } from "../generation.ts";
import type {
  EngineCommand,
  EngineFailure,
  GenerateCommand,
  RequestEvent,
  StepEvent,
} from "../messages.ts";
import type { GrammarCompiler, GrammarMatcher } from "../prompt/grammar.ts";
import type { GrammarSource } from "../prompt/grammar_source.ts";
import type { Backend, BatchToken } from "./backend.ts";
import { Constraint } from "./constraint.ts";
import { Embedder } from "./embedder.ts";
import { checkTokens, promptTokens } from "./prompt_tokens.ts";
import { type Chunk, schedule, type StepBudget } from "./scheduler.ts";
import { type Continuation, Sequence } from "./sequence.ts";
import { Grammars } from "./grammars.ts";
import { type Allocation, Slots } from "./slots.ts";

/** What an engine is made of. */
export interface EngineOptions extends StepBudget {
  /** The model generates nothing. */
  readonly embedding: boolean;
  /** Makes the compiler of grammars, when a request first needs one. */
  readonly createCompiler: (backend: Backend) => Promise<GrammarCompiler>;
  /** Milliseconds that never run backwards. */
  readonly now: () => number;
  /** Lets commands come in and steps be made for so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Called when work appears without a command, from a grammar compiled. */
  readonly wake: () => void;
}

function failed(
  id: number,
  error: EngineFailure,
  counts: TokenCounts = NO_TOKENS,
): RequestEvent {
  return { type: "failed", id, counts, error };
}

function internal(error: unknown): EngineFailure {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `an error was encountered while running the model: ${reason}`;
  return { kind: "internal", message };
}

/** What the client has done wrong it is told as it is. */
function failureOf(error: unknown): EngineFailure {
  return error instanceof ServerError
    ? { kind: "bad_request", message: error.message }
    : internal(error);
}

/** Runs the requests of one model. */
export class Engine {
  readonly #backend: Backend;
  readonly #options: EngineOptions;
  readonly #slots: Slots;
  readonly #embedder: Embedder;
  /** Requests whose grammar is not there yet. */
  readonly #preparing = new Map<number, Sequence>();
  readonly #grammars: Grammars;
  #waiting: Sequence[] = [];
  #running: Sequence[] = [];
  #events: RequestEvent[] = [];
  #shortestFirst = true;
  #totals = { cached: 0, computed: 0, generated: 0 };

  constructor(backend: Backend, options: EngineOptions) {
    this.#backend = backend;
    this.#options = options;
    this.#slots = new Slots(backend.info.parallel, backend);
    this.#embedder = new Embedder(backend, options.now);
    this.#grammars = new Grammars({
      createCompiler: () => options.createCompiler(backend),
      pause: options.pause,
      now: options.now,
    });
  }

  /** Whether {@linkcode step} has something to do. */
  get busy(): boolean {
    return this.#events.length > 0 || this.#waiting.length > 0 ||
      this.#running.length > 0 || this.#embedder.busy;
  }

  /** Takes a command. Whatever is wrong with it becomes an event. */
  submit(command: EngineCommand): void {
    try {
      this.#take(command);
    } catch (error) {
      if (command !== null && typeof command === "object" && "id" in command) {
        const message = error instanceof Error ? error.message : String(error);
        const kind = error instanceof ServerError ? "bad_request" : "internal";
        this.#events.push(failed(command.id, { kind, message }));
      }
    }
  }

  /** One step, or undefined when there is nothing to do. */
  step(): StepEvent | undefined {
    if (!this.busy) {
      return undefined;
    }
    try {
      this.#embed();
      this.#admit();
      this.#shortestFirst = !this.#shortestFirst;
      this.#evaluate(
        schedule(this.#running, this.#options, this.#shortestFirst),
      );
    } catch (error) {
      this.#failRunning(internal(error));
    }
    const events = this.#events;
    this.#events = [];
    return { type: "step", events, totals: { ...this.#totals } };
  }

  #take(command: EngineCommand): void {
    switch (command.type) {
      case "generate":
        return this.#generate(command);
      case "embed": {
        const ended = this.#options.embedding
          ? this.#embedder.submit(command)
          : failed(command.id, {
            kind: "bad_request",
            message: "this model does not support embeddings",
          });
        return ended && void this.#events.push(ended);
      }
      case "tokenize": {
        const { id, text, addSpecial } = command;
        const tokens = this.#backend.tokenize(text, addSpecial);
        return void this.#events.push({ type: "tokenized", id, tokens });
      }
      case "detokenize": {
        checkTokens(command.tokens, this.#backend);
        const pieces = command.tokens
          .map((each) => Array.from(this.#backend.written(each)));
        const { id } = command;
        return void this.#events.push({ type: "detokenized", id, pieces });
      }
      case "cancel":
        return this.#cancel(command.id);
      case "threads":
        return this.#backend.setThreads(command.count);
      case "load":
        return;
      default:
        command satisfies never;
        throw new TypeError("Cannot take a command of an unknown type");
    }
  }

  #generate(command: GenerateCommand): void {
    const { id } = command;
    if (this.#options.embedding) {
      const message = "this model does not generate";
      this.#events.push(failed(id, { kind: "bad_request", message }));
      return;
    }
    const prompt = promptTokens(command, this.#backend);
    if ("tooLong" in prompt) {
      this.#events.push(failed(id, {
        kind: "prompt_too_long",
        message: `${prompt.tooLong} tokens do not fit`,
        promptTokens: prompt.tooLong,
      }));
      return;
    }
    if (prompt.tokens.length === 0) {
      const message = "the prompt has no tokens";
      this.#events.push(failed(id, { kind: "bad_request", message }));
      return;
    }
    const { tokens, truncation } = prompt;
    const sequence = new Sequence(command, tokens, truncation, this.#backend);
    const { schema, ebnf } = command;
    if (schema !== undefined) {
      this.#constrain(sequence, { schema });
    } else if (ebnf !== undefined) {
      this.#constrain(sequence, { ebnf });
    } else {
      this.#waiting.push(sequence);
    }
  }

  /** The request waits for its grammar without holding anybody up. */
  async #constrain(sequence: Sequence, source: GrammarSource): Promise<void> {
    const { id, command } = sequence;
    this.#preparing.set(id, sequence);
    const wanted = () => this.#preparing.has(id);
    let matcher: GrammarMatcher | undefined;
    let failure = internal("there is no grammar");
    try {
      matcher = await this.#grammars.matcher(source, wanted);
    } catch (error) {
      failure = failureOf(error);
    }
    if (!wanted()) {
      matcher?.[Symbol.dispose]();
      return;
    }
    if (matcher === undefined) {
      this.#end(sequence, failed(id, failure));
    } else {
      this.#preparing.delete(id);
      sequence.constraint = new Constraint(matcher, command.schemaAfter);
      this.#waiting.push(sequence);
    }
    this.#options.wake();
  }

  #cancel(id: number): void {
    const embedding = this.#embedder.cancel(id);
    if (embedding !== undefined) {
      this.#events.push(embedding);
      return;
    }
    const sequence = this.#preparing.get(id) ??
      [...this.#running, ...this.#waiting].find((each) => each.id === id);
    if (sequence !== undefined) {
      const { counts } = sequence;
      this.#end(sequence, { type: "cancelled", id, counts });
    }
  }

  #embed(): void {
    const { events, computed } = this.#embedder.step(internal);
    this.#totals.computed += computed;
    this.#events.push(...events);
  }

  /** Gives slots to those who wait, in their order. */
  #admit(): void {
    for (const sequence of [...this.#waiting]) {
      const allocation = this.#allocate(sequence);
      if (allocation === undefined) {
        continue;
      }
      const { slot, cached } = allocation;
      this.#waiting.splice(this.#waiting.indexOf(sequence), 1);
      this.#running.push(sequence);
      this.#totals.cached += cached;
      sequence.start(slot, cached, this.#options.now());
    }
  }

  /** Whoever cannot be given a slot without a failure ends by it. */
  #allocate(sequence: Sequence): Allocation | undefined {
    try {
      return this.#slots.allocate(sequence.tokens);
    } catch (error) {
      this.#end(sequence, failed(sequence.id, internal(error)));
      throw error;
    }
  }

  #evaluate(plan: readonly Chunk<Sequence>[]): void {
    const fitting = plan.filter(({ sequence }) => this.#makeRoom(sequence));
    if (fitting.length === 0) {
      return;
    }
    const outputs = this.#decode(fitting);
    const now = this.#options.now();
    for (const { sequence, count } of fitting) {
      this.#totals.computed += sequence.evaluated(count);
      const output = outputs.get(sequence);
      if (output === undefined) {
        this.#progress(sequence, { text: "" });
      } else if (sequence.wantsNothing) {
        this.#finish(sequence, sequence.endWith("length"));
      } else {
        const continuation = sequence.sample(output, now);
        this.#totals.generated++;
        this.#continue(sequence, continuation);
      }
    }
  }

  /**
   * Evaluates the chunks; the place of each one's logits in the batch. Chunks
   * go by their sequences' numbers, because libllama computes only those
   * together that follow on one another (`llama_batch_allocr::split_equal`).
   */
  #decode(plan: readonly Chunk<Sequence>[]): Map<Sequence, number> {
    const batch: BatchToken[] = [];
    const outputs = new Map<Sequence, number>();
    const place = ({ sequence }: Chunk<Sequence>) =>
      sequence.slot?.sequence ?? 0;
    const chunks = plan.toSorted((a, b) => place(a) - place(b));
    for (const { sequence, count } of chunks) {
      const { slot, tokens } = sequence;
      const from = slot?.tokens.length ?? 0;
      const last = from + count === tokens.length;
      for (let position = from; position < from + count; position++) {
        const output = last && position === from + count - 1;
        if (output) {
          outputs.set(sequence, batch.length);
        }
        batch.push({
          token: tokens[position] ?? 0,
          position,
          sequence: slot?.sequence ?? 0,
          output,
        });
      }
    }
    this.#backend.decode(batch);
    return outputs;
  }

  #continue(sequence: Sequence, continuation: Continuation): void {
    if (continuation.reason !== undefined) {
      this.#finish(sequence, continuation);
    } else {
      this.#progress(sequence, continuation);
    }
  }

  #progress(sequence: Sequence, continuation: Continuation): void {
    const { id, counts } = sequence;
    this.#events.push({ type: "progress", id, counts, ...continuation });
  }

  #finish(sequence: Sequence, continuation: Continuation): void {
    const { id, counts, command, truncation } = sequence;
    this.#end(sequence, {
      type: "done",
      id,
      reason: "stop",
      ...continuation,
      counts,
      timings: sequence.timings(this.#options.now()),
      ...(command.wantContext ? { context: sequence.tokens } : {}),
      ...(truncation === undefined ? {} : { truncation }),
    });
  }

  /**
   * Makes room for one more token in a full context: the oldest half of what
   * may go is forgotten, or the answer ends. False when it has ended.
   */
  #makeRoom(sequence: Sequence): boolean {
    const { contextLength } = this.#backend.info;
    const { slot, command, tokens } = sequence;
    if (slot === undefined || tokens.length <= contextLength) {
      return true;
    }
    const keep = Math.min(command.limits.keepTokens, contextLength - 4);
    const count = Math.floor((contextLength - keep) / 2);
    if (!command.limits.shift || !this.#backend.canShift || count < 1) {
      this.#finish(sequence, sequence.endWith("length"));
      return false;
    }
    this.#backend.discardMiddle(slot.sequence, keep, count);
    sequence.discard(keep, count);
    return true;
  }

  /** Ends those whose state may be lost; who waits has none to lose. */
  #failRunning(error: EngineFailure): void {
    for (const sequence of [...this.#running]) {
      const { id, counts } = sequence;
      this.#end(sequence, failed(id, error, counts));
    }
    this.#slots.clearAll();
  }

  /** The one place where a generation ends. */
  #end(sequence: Sequence, event: RequestEvent): void {
    this.#running = this.#running.filter((each) => each !== sequence);
    this.#waiting = this.#waiting.filter((each) => each !== sequence);
    this.#preparing.delete(sequence.id);
    if (sequence.slot !== undefined) {
      this.#slots.release(sequence.slot);
    }
    sequence.dispose();
    this.#events.push(event);
  }
}
