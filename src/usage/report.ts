/**
 * The ledger as `GET /api/usage` answers it.
 *
 * @module
 */

import { NO_TOKENS, type Outcome } from "../generation.ts";
import type { InFlight, Ledger } from "./ledger.ts";
import { OUTCOMES, type OutcomeTotals, type UsageRow } from "./usage_map.ts";

/** One model's row: these four fields and no more. */
export interface ReportRow {
  readonly model: string;
  /** Requests completed. */
  readonly requests: number;
  /** Prompt tokens of all requests, cached ones included. */
  readonly prompt_tokens: number;
  /** Tokens generated for all requests. */
  readonly completion_tokens: number;
}

/** Tokens of requests of one kind. */
export interface ReportTotals {
  readonly requests: number;
  readonly prompt_tokens: number;
  /** Of these, found in the cache. */
  readonly cached_tokens: number;
  readonly completion_tokens: number;
}

/** A row with `?details=true`. */
export interface DetailedRow
  extends ReportRow, Readonly<Record<Outcome, ReportTotals>> {
  readonly cached_tokens: number;
  readonly computed_tokens: number;
  readonly in_flight: ReportTotals;
}

/** Body of `GET /api/usage`. */
export interface Report {
  readonly start: string;
  readonly usage: readonly (ReportRow | DetailedRow)[];
}

function sum(row: UsageRow, of: (totals: OutcomeTotals) => number): number {
  return OUTCOMES.reduce((total, outcome) => total + of(row[outcome]), 0);
}

function reportRow(row: UsageRow): ReportRow {
  return {
    model: row.model,
    requests: row.completed.requests,
    prompt_tokens: sum(row, (totals) => totals.cached + totals.computed),
    completion_tokens: sum(row, (totals) => totals.generated),
  };
}

function reportTotals(totals: OutcomeTotals): ReportTotals {
  return {
    requests: totals.requests,
    prompt_tokens: totals.cached + totals.computed,
    cached_tokens: totals.cached,
    completion_tokens: totals.generated,
  };
}

const NOTHING: OutcomeTotals = { requests: 0, ...NO_TOKENS };

function emptyRow(model: string): UsageRow {
  return {
    model,
    completed: NOTHING,
    cancelled: NOTHING,
    failed: NOTHING,
    rejected: NOTHING,
  };
}

function detailedRow(row: UsageRow, flying?: InFlight): DetailedRow {
  return {
    ...reportRow(row),
    cached_tokens: sum(row, (totals) => totals.cached),
    computed_tokens: sum(row, (totals) => totals.computed),
    completed: reportTotals(row.completed),
    cancelled: reportTotals(row.cancelled),
    failed: reportTotals(row.failed),
    rejected: reportTotals(row.rejected),
    in_flight: reportTotals({
      ...NOTHING,
      ...flying?.counts,
      requests: flying?.requests ?? 0,
    }),
  };
}

/** Leaves out models of which nothing came, as when none could be loaded. */
function hasWorked(row: ReportRow): boolean {
  return row.requests + row.prompt_tokens + row.completion_tokens > 0;
}

/** The report, its rows sorted by model. */
export function usageReport(ledger: Ledger, details: boolean): Report {
  const { start, rows, inFlight } = ledger.snapshot();
  const known = new Set(rows.map((row) => row.model));
  const unseen = [...inFlight.keys()].filter((model) => !known.has(model));
  const usage = details
    ? [...rows, ...unseen.map(emptyRow)]
      .map((row) => detailedRow(row, inFlight.get(row.model)))
    : rows.map(reportRow).filter(hasWorked);
  usage.sort((a, b) => a.model < b.model ? -1 : a.model > b.model ? 1 : 0);
  return { start, usage };
}
