/**
 * The worker that writes the ledger, so that no request ever waits for a disk
 * or a database.
 *
 * @module
 */

import type { EntryStore, StorageState } from "./entry_store.ts";
import { SharedStore } from "./shared_store.ts";
import { UsageDatabase } from "./usage_database.ts";
import type {
  Question,
  StoreOptions,
  WorkerCommand,
  WorkerReport,
} from "./worker_messages.ts";

/** Milliseconds between two looks for requests that are too old. */
const PRUNE_MS = 3_600_000;

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<WorkerCommand>) => void) | null;
  postMessage(report: WorkerReport): void;
  close(): void;
}

const scope = globalThis as unknown as WorkerScope;
let store: EntryStore | undefined;

function opened(): EntryStore {
  if (store === undefined) {
    throw new Error("the ledger is not open");
  }
  return store;
}

function tell(state: StorageState): void {
  scope.postMessage({ type: "state", state });
}

function open({ url, retentionMs, ...options }: StoreOptions): void {
  store = url === undefined
    ? new UsageDatabase(options)
    : new SharedStore({ ...options, url, onState: tell });
  if (Number.isFinite(retentionMs)) {
    const prune = async () => {
      try {
        await opened().prune(Date.now() - retentionMs);
      } catch {
        // A file that is busy or full now is tried again later.
      }
    };
    prune();
    setInterval(prune, PRUNE_MS);
  }
}

function answer(question: Question): unknown {
  switch (question.about) {
    case "query":
      return opened().query(question.query);
    case "entry":
      return opened().entry(question.id);
    case "runTotals":
      return opened().runTotals();
    case "reserve":
      return opened().reserve?.(question.claim);
    case "close":
      return opened().close();
  }
}

async function reply(number: number, question: Question): Promise<void> {
  try {
    const value = await answer(question);
    scope.postMessage({ type: "answer", number, value });
  } catch (error) {
    scope.postMessage({ type: "answer", number, error: String(error) });
  }
}

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case "open":
      open(data.options);
      break;
    case "write":
      opened().write(data.entries);
      break;
    case "ask":
      reply(data.number, data.question);
      return;
  }
  tell(opened().state);
};
