/**
 * The worker that writes the ledger's file, so that no request ever waits for
 * a disk.
 *
 * @module
 */

import { UsageDatabase } from "./usage_database.ts";
import type {
  Question,
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
let database: UsageDatabase | undefined;

function opened(): UsageDatabase {
  if (database === undefined) {
    throw new Error("the ledger's file is not open");
  }
  return database;
}

function open({ options, retentionMs }: WorkerCommand & { type: "open" }) {
  database = new UsageDatabase(options);
  if (Number.isFinite(retentionMs)) {
    const prune = () => opened().prune(Date.now() - retentionMs);
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
    case "close":
      return opened().close();
  }
}

function reply(number: number, question: Question): void {
  try {
    const value = answer(question);
    scope.postMessage({ type: "answer", number, value });
  } catch (error) {
    scope.postMessage({ type: "answer", number, error: String(error) });
  }
}

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case "open":
      open(data);
      break;
    case "write":
      opened().write(data.entries);
      break;
    case "ask":
      reply(data.number, data.question);
      return;
  }
  scope.postMessage({ type: "state", state: opened().state });
};
