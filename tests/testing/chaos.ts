/**
 * Hard times for a ledger: many requests at once to two models, clients that
 * leave, engines that are killed, a clock that jumps, a server that is killed
 * and started again; and somebody who reads usage all the time.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { childrenOf, createModel, post, readLines } from "./api.ts";
import type { FakedClock } from "./faked_clock.ts";
import type { Random } from "./random.ts";
import { startServer, type TestServer } from "./server.ts";
import { tinyGguf } from "./tiny_gguf.ts";
import { eventually } from "./wait.ts";

/** How hard. */
export interface ChaosOptions {
  readonly requests: number;
  readonly concurrency: number;
  readonly engineKills: number;
  readonly clockJumps: number;
  readonly random: Random;
  readonly clock: FakedClock;
}

/** What a client knows of a request of which it saw an id. */
export interface KnownRequest {
  readonly id: string;
  /** Whole answers tell what they took; others may have ended anyhow. */
  readonly tokens?: { readonly prompt: number; readonly generated: number };
  /** By `performance.now()`. */
  readonly endedAt: number;
  /** Whether it was asked of the server that was killed. */
  readonly ofKilled: boolean;
}

/** Sums over all requests there ever were. */
export interface Totals {
  readonly requests: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

const NOTHING: Totals = {
  requests: 0,
  prompt_tokens: 0,
  completion_tokens: 0,
};

const MODELS = ["m1", "m2"];

/** Seconds a clock may jump, either way. */
const FURTHEST_JUMP_S = 5 * 86_400;

/** Pages over the ledger's whole time, with the self-check. */
const EVERYTHING = "?since=0&group_by=&check=true";

/** See the module's description. */
export class Chaos implements AsyncDisposable {
  /** Requests whose clients saw an id. */
  readonly known: KnownRequest[] = [];
  /** When the server was killed, by `performance.now()`. */
  killedAt = NaN;
  /** How often usage was read. */
  reads = 0;
  /** The furthest that usage has been. */
  totals: Totals = NOTHING;
  readonly folder = Deno.makeTempDirSync();
  readonly #options: ChaosOptions;
  #server: TestServer | undefined;
  #firstPid = 0;
  #sent = 0;
  #running = true;

  constructor(options: ChaosOptions) {
    this.#options = options;
  }

  /** Its ledger's file. */
  get ledger(): string {
    return `${this.folder}/usage.db`;
  }

  /** Lets everything happen; the server still runs when all is quiet. */
  async run(): Promise<void> {
    const server = await this.#start();
    this.#firstPid = server.pid;
    for (const [index, model] of MODELS.entries()) {
      const path = `${this.folder}/${model}.gguf`;
      await Deno.writeFile(path, tinyGguf(index + 1));
      await createModel(server.baseUrl, model, path);
    }
    await Promise.all([this.#readAllTheTime(), this.#work()]);
    await this.#read();
  }

  /** Stops the server as one should. */
  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
  }

  async [Symbol.asyncDispose]() {
    this.#running = false;
    await this.stop();
    await Deno.remove(this.folder, { recursive: true });
  }

  /** Everything but reading, to its end. */
  async #work(): Promise<void> {
    const { concurrency } = this.#options;
    await Promise.all([
      ...Array.from({ length: concurrency }, () => this.#askAgainAndAgain()),
      this.#killEngines(),
      this.#setClocks(),
      this.#killServer(),
    ]);
    await eventually(async () => {
      const live = await this.#usage("?live=true");
      assertEquals(live["in_flight"], []);
    });
    this.#running = false;
  }

  async #start(): Promise<TestServer> {
    return this.#server = await startServer({
      folder: this.folder,
      env: {
        ...this.#options.clock.env,
        TALLY_LEDGER: this.ledger,
        OLLAMA_NUM_PARALLEL: "8",
      },
    });
  }

  async #usage(query: string): Promise<Record<string, unknown>> {
    const url = `${this.#server?.baseUrl}/api/usage${query}`;
    return await (await fetch(url)).json();
  }

  /** Waits until so much of all is done. */
  async #until(share: number): Promise<void> {
    while (this.#sent < share * this.#options.requests) {
      assert(this.#running, "it has ended early");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async #killEngines(): Promise<void> {
    const { engineKills, random } = this.#options;
    for (let kill = 1; kill <= engineKills; kill++) {
      await this.#until(kill / (engineKills + 1));
      await eventually(() => {
        const engines = childrenOf(this.#server?.pid ?? 0);
        Deno.kill(random.pick(engines), "SIGKILL");
      });
    }
  }

  async #setClocks(): Promise<void> {
    const { clock, clockJumps, random } = this.#options;
    for (let jump = 1; jump <= clockJumps; jump++) {
      await this.#until(jump / (clockJumps + 1));
      clock.set(random.between(-FURTHEST_JUMP_S, FURTHEST_JUMP_S));
    }
  }

  async #killServer(): Promise<void> {
    await this.#until(0.5);
    const server = this.#server;
    assert(server !== undefined);
    this.#server = undefined;
    this.killedAt = performance.now();
    Deno.kill(server.pid, "SIGKILL");
    await server.status;
    await this.#start();
  }

  /** Totals never go back, and the check never differs. */
  async #read(): Promise<void> {
    const { usage, check } = await this.#usage(EVERYTHING);
    const [now = NOTHING] = usage as Totals[];
    const { difference } = check as { difference: number };
    assertEquals(difference, 0);
    for (const field of Object.keys(NOTHING) as (keyof Totals)[]) {
      const told = `${field}: ${this.totals[field]}, then ${now[field]}`;
      assert(now[field] >= this.totals[field], told);
    }
    this.totals = now;
    this.reads++;
  }

  async #readAllTheTime(): Promise<void> {
    while (this.#running) {
      const server = this.#server;
      try {
        await this.#read();
      } catch (error) {
        // Nobody answers while the server is away.
        if (server !== undefined && server === this.#server) {
          throw error;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #askAgainAndAgain(): Promise<void> {
    while (this.#running && this.#sent < this.#options.requests) {
      this.#sent++;
      const server = await eventually(() => {
        assert(this.#server !== undefined);
        return this.#server;
      });
      await this.#ask(server);
    }
  }

  async #ask(server: TestServer): Promise<void> {
    const { random } = this.#options;
    const leaving = new AbortController();
    const leavesEarly = random.chance(0.1);
    const timer = leavesEarly
      ? setTimeout(() => leaving.abort(), random.between(0, 100))
      : undefined;
    const reads = random.chance(0.2) ? random.between(1, 20) : Infinity;
    try {
      const response = await post(`${server.baseUrl}/api/generate`, {
        model: random.pick(MODELS),
        prompt: `number ${random.between(0, 20)}`,
        options: { num_predict: random.between(1, 60), temperature: 2 },
        stream: reads < Infinity || random.chance(0.7),
      }, leaving.signal);
      await this.#readAnswer(server, response, reads);
    } catch {
      // It left, its engine died, or the server was killed.
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reads so many lines and goes. */
  async #readAnswer(
    { pid }: TestServer,
    response: Response,
    lines: number,
  ): Promise<void> {
    const id = response.headers.get("X-Request-Id") ?? "";
    let tokens: KnownRequest["tokens"] | undefined;
    try {
      let read = 0;
      for await (const line of answersOf(response)) {
        if (line["done"]) {
          tokens = {
            prompt: Number(line["prompt_eval_count"] ?? 0),
            generated: Number(line["eval_count"] ?? 0),
          };
        }
        if (++read === lines) {
          break;
        }
      }
    } finally {
      this.known.push({
        id,
        endedAt: performance.now(),
        ofKilled: pid === this.#firstPid,
        ...(tokens === undefined ? {} : { tokens }),
      });
    }
  }
}

/** Lines of a stream, or the one answer that is none. */
async function* answersOf(
  response: Response,
): AsyncGenerator<Record<string, unknown>> {
  if (response.headers.get("Content-Type")?.includes("ndjson")) {
    yield* readLines(response);
  } else {
    yield await response.json();
  }
}
