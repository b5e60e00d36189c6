/**
 * One engine process as the server sees it: requests in, their events out,
 * every request ended exactly once whatever becomes of the process.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { TokenCounts } from "../generation.ts";
import type {
  DetokenizeCommand,
  EmbedCommand,
  EngineEvent,
  EngineInfo,
  EngineSpec,
  GenerateCommand,
  RequestEvent,
  TokenizeCommand,
} from "../messages.ts";
import { deathReason, loadFailure } from "./engine_death.ts";
import type { EngineProcess } from "./engine_process.ts";
import { EventQueue } from "./event_queue.ts";

/** Time an engine gets to end by itself before it is killed. */
const GRACE_MS = 5000;

/** Keeps the counts of one request. */
export interface TokenMeter {
  /** Counts since the request began. */
  update(counts: TokenCounts): void;
}

/** Keeps the counters of engines. */
export interface EngineCounters {
  engineTotals(engineId: string, totals: TokenCounts): void;
}

/** A command without its id, which the client gives. */
export type EngineWork =
  | Omit<GenerateCommand, "id">
  | Omit<EmbedCommand, "id">
  | Omit<TokenizeCommand, "id">
  | Omit<DetokenizeCommand, "id">;

/** A request under way in an engine. */
export interface EngineRequest {
  /** The next event. Throws a {@linkcode ServerError} when the engine dies. */
  next(): Promise<RequestEvent>;
  /** Events that came with the last one. */
  arrived(): RequestEvent[];
  /** Asks the engine to stop; its last event says `cancelled`. */
  cancel(): void;
  /** Resolves when the request has ended, however. */
  readonly ended: Promise<void>;
}

interface OpenRequest {
  readonly queue: EventQueue<RequestEvent>;
  readonly meter: TokenMeter | undefined;
  readonly end: () => void;
  cancelled: boolean;
}

/** Options of {@linkcode EngineClient.start}. */
export interface EngineClientOptions {
  /** Unique over the server's life; names its counters. */
  readonly id: string;
  readonly process: EngineProcess;
  readonly counters: EngineCounters;
  /** Milliseconds a load may go without progress. */
  readonly loadTimeoutMs: number;
  /** System memory there is for the model. Absent: let the engine try. */
  readonly availableBytes?: number;
}

/** A loaded engine. */
export class EngineClient {
  readonly id: string;
  readonly info: EngineInfo;
  /** Resolves when the process is gone and its requests have ended. */
  readonly closed: Promise<void>;
  readonly #process: EngineProcess;
  readonly #counters: EngineCounters;
  readonly #open = new Map<number, OpenRequest>();
  #nextId = 1;
  #dead: ServerError | undefined;

  private constructor(
    options: EngineClientOptions,
    info: EngineInfo,
    events: AsyncIterator<EngineEvent>,
  ) {
    this.id = options.id;
    this.info = info;
    this.#process = options.process;
    this.#counters = options.counters;
    this.closed = this.#readEvents(events);
  }

  /** Loads the model. Throws a `load_failed` error that says why not. */
  static async start(
    spec: EngineSpec,
    options: EngineClientOptions,
  ): Promise<EngineClient> {
    const { process } = options;
    const events = process.events[Symbol.asyncIterator]();
    const { availableBytes } = options;
    process.send({
      type: "load",
      spec,
      ...(availableBytes === undefined ? {} : { availableBytes }),
    });
    const watch = new StallWatch(options.loadTimeoutMs, () => process.kill());
    try {
      while (true) {
        watch.restart();
        const { value, done } = await events.next();
        if (done) {
          throw await loadFailure(process, undefined, watch.expired);
        }
        if (value.type === "load_failed") {
          process.kill();
          throw value.refused
            ? new ServerError("load_failed", value.message)
            : await loadFailure(process, value.message, false);
        }
        if (value.type === "ready") {
          return new EngineClient(options, value.info, events);
        }
      }
    } finally {
      watch.stop();
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Starts work; its counts go to `meter`. */
  submit(work: EngineWork, meter?: TokenMeter): EngineRequest {
    if (this.#dead !== undefined) {
      throw this.#dead;
    }
    const id = this.#nextId++;
    const queue = new EventQueue<RequestEvent>();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const open: OpenRequest = {
      queue,
      meter,
      end,
      cancelled: false,
    };
    this.#open.set(id, open);
    this.#process.send({ ...work, id });
    const cancel = () => {
      if (this.#open.has(id) && !open.cancelled) {
        open.cancelled = true;
        this.#process.send({ type: "cancel", id });
      }
    };
    return {
      next: () => queue.next(),
      arrived: () => queue.arrived(),
      cancel,
      ended,
    };
  }

  setThreads(count: number): void {
    this.#process.send({ type: "threads", count });
  }

  /** Ends the process, by force when it does not end by itself. */
  async close(): Promise<void> {
    this.#process.end();
    const timer = setTimeout(() => this.#process.kill(), GRACE_MS);
    await this.closed;
    clearTimeout(timer);
  }

  async #readEvents(events: AsyncIterator<EngineEvent>): Promise<void> {
    let broken: unknown;
    try {
      while (true) {
        const { value, done } = await events.next();
        if (done) {
          break;
        }
        this.#onEvent(value);
      }
    } catch (error) {
      broken = error;
      this.#process.kill();
    }
    const exit = await this.#process.exit;
    this.#dead = deathReason(exit, this.#process.logTail(), broken);
    for (const [id, open] of this.#open) {
      this.#end(id, open);
      open.queue.fail(this.#dead);
    }
  }

  /** Synchronous, so that totals and requests never disagree in between. */
  #onEvent(event: EngineEvent): void {
    if (event.type !== "step") {
      return;
    }
    this.#counters.engineTotals(this.id, event.totals);
    for (const each of event.events) {
      const open = this.#open.get(each.id);
      if (open !== undefined) {
        this.#onRequestEvent(open, each);
      }
    }
  }

  #onRequestEvent(open: OpenRequest, event: RequestEvent): void {
    if ("counts" in event) {
      open.meter?.update(event.counts);
    }
    if (event.type !== "progress") {
      this.#end(event.id, open);
    }
    open.queue.push(event);
  }

  #end(id: number, open: OpenRequest): void {
    this.#open.delete(id);
    open.end();
  }
}

/** Calls `expire` when it is not restarted in time. */
class StallWatch {
  expired = false;
  readonly #milliseconds: number;
  readonly #expire: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(milliseconds: number, expire: () => void) {
    this.#milliseconds = milliseconds;
    this.#expire = expire;
  }

  restart(): void {
    clearTimeout(this.#timer);
    if (Number.isFinite(this.#milliseconds)) {
      this.#timer = setTimeout(() => {
        this.expired = true;
        this.#expire();
      }, this.#milliseconds);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
