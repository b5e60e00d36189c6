/**
 * How a route is documented: what it takes, what it answers, what can go
 * wrong. The rest of the document follows from it.
 *
 * @module
 */

import * as v from "valibot";
import type { ErrorKind } from "../../errors.ts";

/** Schemas of what comes over the wire, by media type. */
export type Content = Readonly<Record<string, v.GenericSchema>>;

/** What a route does with one method. */
export interface Operation {
  /** One line. */
  readonly summary: string;
  /** Schema of a JSON body, the one that checks it. */
  readonly body?: v.GenericSchema;
  /** A JSON body, for people to begin with. */
  readonly example?: unknown;
  /** Media type of a body that is no JSON. */
  readonly bodyType?: string;
  /** Schemas of the places in the path and of the query's parameters. */
  readonly path?: Readonly<Record<string, v.GenericSchema>>;
  readonly query?: Readonly<Record<string, v.GenericSchema>>;
  /** By status; an empty content is an answer without a body. */
  readonly answers: Readonly<Record<number, Content>>;
  /** Errors beside those that every route can answer. */
  readonly errors?: readonly ErrorKind[];
}

/** Operations by method and path, as in `POST /api/chat`. */
export type Operations = Readonly<Record<string, Operation>>;

/** Operations that belong together, under the name that pages show. */
export interface Section {
  readonly name: string;
  readonly description: string;
  readonly operations: Operations;
}

/** A model has to be found. */
export const FINDS_MODEL: readonly ErrorKind[] = ["not_found", "load_failed"];

/** A model has to run: it may have to wait, and may be told to stop. */
export const RUNS_MODEL: readonly ErrorKind[] = [
  ...FINDS_MODEL,
  "rate_limited",
  "cancelled",
  "queue_full",
];

/** A JSON answer. */
export function json(schema: v.GenericSchema): Content {
  return { "application/json": schema };
}

/** Whole, or a JSON value a line. */
export function jsonOrLines(schema: v.GenericSchema): Content {
  return { ...json(schema), "application/x-ndjson": schema };
}

/** Whole, or server-sent events whose data is JSON. */
export function jsonOrEvents(
  whole: v.GenericSchema,
  event: v.GenericSchema,
): Content {
  return { ...json(whole), "text/event-stream": event };
}

/** Text whose content is described elsewhere. */
export function text(type = "text/plain"): Content {
  return { [type]: v.string() };
}
