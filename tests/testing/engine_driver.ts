/**
 * Drives an engine step by step and keeps what it says, request by request.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Backend } from "../../src/engine/backend.ts";
import { Engine, type EngineOptions } from "../../src/engine/engine.ts";
import {
  NO_TOKENS,
  type ThinkingLimit,
  type TokenCounts,
  type TokenLogprob,
} from "../../src/generation.ts";
import type {
  EmbedCommand,
  EngineCommand,
  GenerateCommand,
  RequestEvent,
  StepEvent,
} from "../../src/messages.ts";
import { FakeBackend } from "./fake_backend.ts";

/** What a test asks for; the rest has simple defaults. */
export interface Ask {
  readonly prompt: GenerateCommand["prompt"] | string;
  readonly sampling?: Partial<GenerateCommand["sampling"]>;
  readonly limits?: Partial<GenerateCommand["limits"]>;
  readonly schema?: string;
  readonly schemaAfter?: string;
  readonly thinking?: ThinkingLimit;
  readonly controlTokens?: boolean;
  readonly logprobs?: number;
}

type Ended = Exclude<RequestEvent, { type: "progress" }>;
type Done = Extract<RequestEvent, { type: "done" }>;

/** An event of a kind, or a failed test. */
export function expectEvent<T extends RequestEvent["type"]>(
  event: RequestEvent | undefined,
  type: T,
): Extract<RequestEvent, { type: T }> {
  assertEquals<string | undefined>(event?.type, type, JSON.stringify(event));
  return event as Extract<RequestEvent, { type: T }>;
}

/** See the module's description. */
export class EngineDriver {
  readonly engine: Engine;
  readonly #backend: Backend;
  readonly events = new Map<number, RequestEvent[]>();
  totals: TokenCounts = NO_TOKENS;
  #id = 0;
  #now = 0;

  constructor(backend: Backend, options: Partial<EngineOptions> = {}) {
    this.#backend = backend;
    for (let each = 0; each < backend.info.parallel; each++) {
      backend.truncateSequence(each, 0);
    }
    this.engine = new Engine(backend, {
      batchSize: 32,
      promptTokens: 16,
      enoughPrompts: Infinity,
      embedding: false,
      createCompiler: () => Promise.reject(new Error("no grammars here")),
      pause: () => Promise.resolve(),
      now: () => this.#now += 0.25,
      wake: () => {},
      ...options,
    });
  }

  /** Submits a generation; its id. */
  generate({ prompt, sampling, limits, ...rest }: Ask): number {
    return this.submit((id) => ({
      type: "generate",
      id,
      prompt: typeof prompt === "string" ? [prompt] : prompt,
      sampling: {
        temperature: 0,
        topK: 40,
        topP: 0.9,
        minP: 0,
        typicalP: 1,
        repeatLastN: 64,
        repeatPenalty: 1,
        presencePenalty: 0,
        frequencyPenalty: 0,
        ...sampling,
      },
      limits: {
        maxTokens: 16,
        stop: [],
        keepTokens: 4,
        truncate: true,
        shift: true,
        ...limits,
      },
      wantContext: true,
      ...rest,
    }));
  }

  /** Submits inputs to embed; its id. */
  embed(inputs: EmbedCommand["inputs"], truncate = true): number {
    return this.submit((id) => ({ type: "embed", id, inputs, truncate }));
  }

  /** Submits a command made for a new id. */
  submit(make: (id: number) => EngineCommand): number {
    const id = ++this.#id;
    this.engine.submit(make(id));
    return id;
  }

  cancel(id: number): void {
    this.engine.submit({ type: "cancel", id });
  }

  /** One step, its events kept. */
  step(): StepEvent | undefined {
    const step = this.engine.step();
    for (const event of step?.events ?? []) {
      const earlier = this.events.get(event.id) ?? [];
      this.events.set(event.id, [...earlier, event]);
    }
    this.totals = step?.totals ?? this.totals;
    return step;
  }

  /** Steps until nothing is left to do. */
  run(most = 10_000): this {
    for (let steps = 0; this.engine.busy; steps++) {
      assert(steps < most, "the engine does not come to an end");
      this.step();
    }
    if (this.#backend instanceof FakeBackend) {
      assertEquals(this.#backend.brokenRules, []);
    }
    return this;
  }

  /** The one event a request ended with. */
  ended(id: number): Ended {
    const all = this.events.get(id) ?? [];
    const ended = all.filter((event): event is Ended =>
      event.type !== "progress"
    );
    assertEquals(ended.length, 1, `request ${id}: ${JSON.stringify(all)}`);
    assertEquals(ended[0], all.at(-1), "nothing comes after the end");
    return ended[0] as Ended;
  }

  /** How a request was answered. */
  done(id: number): Done {
    return expectEvent(this.ended(id), "done");
  }

  /** All text of a request. */
  text(id: number): string {
    return (this.events.get(id) ?? [])
      .map((event) => "text" in event ? event.text : "").join("");
  }

  /** All log probabilities of a request. */
  logprobs(id: number): TokenLogprob[] {
    return (this.events.get(id) ?? [])
      .flatMap((event) => "logprobs" in event ? event.logprobs ?? [] : []);
  }

  /** Runs one generation to its end. */
  answer(ask: Ask): Done & { readonly whole: string } {
    const id = this.generate(ask);
    const done = this.run().done(id);
    return { ...done, whole: this.text(id) };
  }

  /** Sums over the ends of all requests. */
  booked(): TokenCounts {
    let sum = NO_TOKENS;
    for (const id of this.events.keys()) {
      const ended = this.ended(id);
      const counts = "counts" in ended ? ended.counts : NO_TOKENS;
      sum = {
        cached: sum.cached + counts.cached,
        computed: sum.computed + counts.computed,
        generated: sum.generated + counts.generated,
      };
    }
    return sum;
  }
}
