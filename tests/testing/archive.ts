/**
 * A database of usage without the worker before it.
 *
 * @module
 */

import type { UsageArchive } from "../../src/usage/store/archive.ts";
import type { UsageDatabase } from "../../src/usage/store/usage_database.ts";

/** What the routes ask of a database. */
export function archiveOf(database: UsageDatabase): UsageArchive {
  return {
    query: (query) => Promise.resolve(database.query(query)),
    entry: (id) => Promise.resolve(database.entry(id)),
    runTotals: () => Promise.resolve(database.runTotals()),
    get state() {
      return database.state;
    },
  };
}
