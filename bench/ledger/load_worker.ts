/**
 * A worker that keeps every slot of a server busy until it is ended, so that
 * the main thread is free to measure something else.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import { ask } from "../load.ts";
import type { Dialect } from "../dialect.ts";
import { ollamaDialect } from "../dialect.ts";

/** What a worker is told. */
export interface LoadTask {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly concurrency: number;
  readonly threads: number;
  readonly tokens: number;
}

self.onmessage = ({ data }: MessageEvent<LoadTask>) => {
  const { baseUrl, headers, concurrency, threads, tokens } = data;
  const dialect: Dialect = { ...ollamaDialect(threads), headers };
  let number = 0;
  const forEver = async () => {
    while (true) {
      await ask(baseUrl, dialect, `Count from ${++number} on.`, tokens);
    }
  };
  for (let slot = 0; slot < concurrency; slot++) {
    forEver();
  }
};
