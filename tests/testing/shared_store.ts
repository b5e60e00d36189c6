/**
 * Stores of servers that share a ledger.
 *
 * @module
 */

import { SharedStore } from "../../src/usage/store/shared_store.ts";
import type { Postgres } from "./postgres.ts";
import { until } from "./wait.ts";

let databases = 0;

/** Makes a database without tables; its URL. */
export async function newDatabase(postgres: Postgres): Promise<string> {
  const name = `ledger_${++databases}`;
  await postgres.query(`CREATE DATABASE ${name}`);
  return postgres.url(name);
}

/** Opens a store of a server; it is closed afterwards. */
export function openShared(
  url: string,
  server: string,
  path?: string,
): SharedStore & AsyncDisposable {
  const store = new SharedStore({
    url,
    server,
    ...(path === undefined ? {} : { path }),
    run: crypto.randomUUID(),
    onState: () => {},
  });
  return Object.assign(store, {
    [Symbol.asyncDispose]: () => store.close(),
  });
}

/** Waits until the database has everything of a store, and answers. */
export function current({ state }: { state: SharedStore["state"] }): boolean {
  return state.shared?.isCurrent === true && state.unwritten === 0;
}

/** Waits until the database has everything of some stores. */
export async function allCurrent(...stores: SharedStore[]): Promise<void> {
  await until(() => stores.every(current));
}

/** Waits until a store has noticed that the database is away. */
export async function noticed(store: SharedStore): Promise<void> {
  await until(() => store.state.shared?.problem !== undefined);
}
