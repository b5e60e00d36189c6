/**
 * A real Prometheus for a test: Debian's, on a port and in a folder of its
 * own, with the alerts of `docs/`.
 *
 * @module
 */

import { assert } from "@std/assert";
import { findProgram } from "./programs.ts";
import { eventually } from "./wait.ts";

/** The example alerts. */
export const RULES = new URL(
  "../../docs/prometheus_rules.yml",
  import.meta.url,
).pathname;

/** Whether its programs are on this machine; tells loudly when not. */
export function hasPrometheus(): boolean {
  const found = findProgram("prometheus") !== undefined;
  if (!found) {
    console.warn(
      "NO PROMETHEUS: its tests are ignored. Run: apt install prometheus",
    );
  }
  return found;
}

/** One series of an answer: its labels and its value. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A running Prometheus. */
export class Prometheus implements AsyncDisposable {
  readonly #baseUrl: string;
  readonly #folder: string;
  readonly #child: Deno.ChildProcess;

  private constructor(
    baseUrl: string,
    folder: string,
    child: Deno.ChildProcess,
  ) {
    this.#baseUrl = baseUrl;
    this.#folder = folder;
    this.#child = child;
  }

  /** Starts one that reads a server's metrics with an API key. */
  static async start(target: string, key: string): Promise<Prometheus> {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/prometheus.yml`;
    // JSON is YAML, too.
    await Deno.writeTextFile(
      file,
      JSON.stringify({
        global: { scrape_interval: "200ms", evaluation_interval: "200ms" },
        rule_files: [RULES],
        scrape_configs: [{
          job_name: "tally",
          authorization: { credentials: key },
          static_configs: [{ targets: [new URL(target).host] }],
        }],
      }),
    );
    const address = `127.0.0.1:${freePort()}`;
    const child = new Deno.Command("prometheus", {
      args: [
        `--config.file=${file}`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=${address}`,
        "--log.level=error",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const prometheus = new Prometheus(`http://${address}`, folder, child);
    await eventually(() => prometheus.api("status/config"));
    return prometheus;
  }

  /** Data of an answer of its API. */
  async api(path: string): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.#baseUrl}/api/v1/${path}`);
    const { data, error } = await response.json();
    assert(response.ok, error);
    return data;
  }

  /** What an expression is now. */
  async query(expression: string): Promise<readonly Sample[]> {
    const query = new URLSearchParams({ query: expression });
    const { result } = await this.api(`query?${query}`);
    return result as readonly Sample[];
  }

  async [Symbol.asyncDispose]() {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}
