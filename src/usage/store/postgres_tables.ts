/**
 * The tables of the ledger that servers share, and the statements that write
 * them. Each is one message to the database and one transaction, so that a
 * connection that is lost leaves nothing locked and nothing half done.
 *
 * Besides the tables of a file there are `servers`, a row a run of a server
 * with the last request it has delivered and when it was last seen;
 * `reservations`, what requests under way may use at most; and `spent`, what
 * keys have used by minute, day and month.
 *
 * @module
 */

import { ANONYMOUS } from "../../generation.ts";
import {
  addToSummary,
  createTables,
  DAYS,
  ENTRY_COLUMNS,
  HOURS,
  RUNS,
  TEXTS,
} from "./tables.ts";

/** Schema of all tables. */
export const SCHEMA = "tally";

/** Version of the tables; raised when they change. */
export const SCHEMA_VERSION = 1;

/** Class of this program's advisory locks: "Tall" in ASCII. */
const LOCKS = 0x54616c6c;

/** Time after which a server that is not heard of counts as gone. */
const LEASE = "30 seconds";

/** In the order of bytes, as in SQLite. */
const TEXT = 'TEXT COLLATE "C"';

/** Needs no right to make schemas when an administrator has made this one. */
const CREATE_SCHEMA = `DO $$ BEGIN
  IF to_regnamespace('${SCHEMA}') IS NULL THEN CREATE SCHEMA ${SCHEMA}; END IF;
END $$`;

/**
 * Sets tokens and requests aside unless a limit is reached. The first limit
 * that is reached is told, and what was used so far. The lock lets one claim
 * on a key be decided at a time; each statement sees what is committed by then.
 */
const CREATE_RESERVE = `CREATE OR REPLACE FUNCTION ${SCHEMA}.reserve(
  of_key TEXT, request TEXT, of_run TEXT,
  more_tokens BIGINT, more_requests BIGINT, limits JSONB
) RETURNS JSONB LANGUAGE plpgsql AS $$
DECLARE refused JSONB;
BEGIN
  PERFORM pg_advisory_xact_lock(${LOCKS}, hashtext(of_key));
  SELECT jsonb_build_object('period', l.period, 'kind',
      CASE WHEN coalesce(s.tokens, 0) + held.tokens >= l.tokens
      THEN 'tokens' ELSE 'requests' END) INTO refused
    FROM jsonb_to_recordset(limits) AS
      l(period TEXT, start BIGINT, tokens BIGINT, requests BIGINT)
    LEFT JOIN ${SCHEMA}.spent s ON s.key = of_key
      AND s.period = l.period AND s.start = l.start
    CROSS JOIN (SELECT coalesce(sum(tokens), 0) AS tokens,
      coalesce(sum(requests), 0) AS requests
      FROM ${SCHEMA}.reservations WHERE key = of_key) AS held
    WHERE coalesce(s.tokens, 0) + held.tokens >= l.tokens
      OR more_requests > 0
        AND coalesce(s.requests, 0) + held.requests >= l.requests
    LIMIT 1;
  IF refused IS NULL THEN
    INSERT INTO ${SCHEMA}.reservations AS r (id, key, run, tokens, requests)
      VALUES (request, of_key, of_run, more_tokens, more_requests)
      ON CONFLICT (id) DO UPDATE SET tokens = r.tokens + excluded.tokens,
        requests = r.requests + excluded.requests;
  END IF;
  RETURN jsonb_build_object('refused', refused, 'used', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('period', s.period,
        'start', s.start, 'tokens', s.tokens, 'requests', s.requests)), '[]')
      FROM jsonb_to_recordset(limits) AS l(period TEXT, start BIGINT)
      JOIN ${SCHEMA}.spent s ON s.key = of_key
        AND s.period = l.period AND s.start = l.start));
END $$`;

/** Makes what is missing; servers that start at once wait for each other. */
export const CREATE_ALL = [
  `SELECT pg_advisory_xact_lock(${LOCKS}, 0)`,
  CREATE_SCHEMA,
  ...createTables(SCHEMA, TEXT),
  `CREATE INDEX IF NOT EXISTS entries_ended_at ON ${SCHEMA}.entries (ended_at)`,
  `CREATE TABLE IF NOT EXISTS ${SCHEMA}.servers (run ${TEXT} PRIMARY KEY, ` +
  `server ${TEXT} NOT NULL, delivered BIGINT NOT NULL, ` +
  "seen_at TIMESTAMPTZ NOT NULL)",
  `CREATE TABLE IF NOT EXISTS ${SCHEMA}.reservations (id ${TEXT} PRIMARY KEY, ` +
  `key ${TEXT} NOT NULL, run ${TEXT} NOT NULL, ` +
  "tokens BIGINT NOT NULL, requests BIGINT NOT NULL)",
  `CREATE TABLE IF NOT EXISTS ${SCHEMA}.spent (key ${TEXT}, period ${TEXT}, ` +
  "start BIGINT, tokens BIGINT NOT NULL, requests BIGINT NOT NULL, " +
  "PRIMARY KEY (key, period, start))",
  CREATE_RESERVE,
  `CREATE TABLE IF NOT EXISTS ${SCHEMA}.version ` +
  "(one BOOLEAN PRIMARY KEY, version BIGINT NOT NULL)",
  `INSERT INTO ${SCHEMA}.version VALUES (true, ${SCHEMA_VERSION}) ` +
  "ON CONFLICT (one) DO NOTHING",
].join(";\n");

const NAMES = Object.keys(ENTRY_COLUMNS);

function typed(name: string): string {
  return `${name} ${TEXTS.has(name) ? "TEXT" : "BIGINT"}`;
}

/** Begin of the period a request ended in, as `spanOf` has it. */
const PERIOD_STARTS: Readonly<Record<string, string>> = {
  minute: "ended_at / 60000 * 60000",
  day: "ended_at / 86400000 * 86400000",
  month: "(extract(epoch FROM date_trunc('month', " +
    "to_timestamp(ended_at / 1000), 'UTC')) * 1000)::BIGINT",
};

const SPENT = Object.entries(PERIOD_STARTS).map(([period, start]) =>
  `SELECT key, '${period}' AS period, ${start} AS start, ` +
  "cached + computed + generated AS tokens, " +
  "CASE WHEN outcome = 'rejected' THEN 0 ELSE 1 END AS requests FROM added"
).join(" UNION ALL ");

/**
 * Takes a batch, `$1`, as JSON. A request counts when its number is above what
 * its run has delivered and its id is new: the first holds after old requests
 * were deleted, the second while another delivery is on its way. What counts
 * is in all sums, and its reservation is settled, in the same transaction.
 */
export const DELIVER = `WITH batch AS (
  SELECT b.* FROM json_to_recordset($1::TEXT::JSON) AS
    b(${["run", "sequence", ...NAMES].map(typed).join(", ")})
  LEFT JOIN ${SCHEMA}.servers s ON s.run = b.run
  WHERE b.sequence > coalesce(s.delivered, 0)
), fresh AS (
  INSERT INTO ${SCHEMA}.entries (${NAMES.join(", ")})
  SELECT ${NAMES.join(", ")} FROM batch ORDER BY id
  ON CONFLICT (id) DO NOTHING RETURNING id
), added AS (
  SELECT batch.* FROM batch JOIN fresh ON fresh.id = batch.id
), hours AS (
  ${addToSummary(HOURS, SCHEMA, "added")}
), days AS (
  ${addToSummary(DAYS, SCHEMA, "added")}
), runs AS (
  ${addToSummary({ ...RUNS, by: { ...RUNS.by, run: "run" } }, SCHEMA, "added")}
), spent AS (
  INSERT INTO ${SCHEMA}.spent AS s (key, period, start, tokens, requests)
  SELECT key, period, start, sum(tokens), sum(requests)
  FROM (${SPENT}) AS parts WHERE key <> '${ANONYMOUS}'
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  ON CONFLICT (key, period, start) DO UPDATE SET
    tokens = s.tokens + excluded.tokens,
    requests = s.requests + excluded.requests
), settled AS (
  DELETE FROM ${SCHEMA}.reservations WHERE id IN (SELECT id FROM batch)
)
INSERT INTO ${SCHEMA}.servers AS s (run, server, delivered, seen_at)
SELECT run, min(server), max(sequence), now() FROM batch GROUP BY run
ON CONFLICT (run) DO UPDATE SET
  delivered = greatest(s.delivered, excluded.delivered)`;

/**
 * Says that the run `$1` of the server `$2` is there, and gives back what
 * servers that are gone, or requests that have ended, had set aside.
 */
export const BEAT = `WITH here AS (
  INSERT INTO ${SCHEMA}.servers AS s (run, server, delivered, seen_at)
  VALUES ($1, $2, 0, now())
  ON CONFLICT (run) DO UPDATE SET seen_at = now()
)
DELETE FROM ${SCHEMA}.reservations r WHERE run IN (
  SELECT run FROM ${SCHEMA}.servers WHERE run <> $1
    AND seen_at < now() - INTERVAL '${LEASE}'
) OR run = $1 AND EXISTS (SELECT FROM ${SCHEMA}.entries e WHERE e.id = r.id)`;

/** Deletes some requests that ended before `$1`. */
export const PRUNE = `DELETE FROM ${SCHEMA}.entries WHERE ctid IN (
  SELECT ctid FROM ${SCHEMA}.entries WHERE ended_at < $1 LIMIT $2
  FOR UPDATE SKIP LOCKED)`;

/** Deletes what was spent in minutes and months before `$1` and `$2`. */
export const PRUNE_SPENT = `DELETE FROM ${SCHEMA}.spent
  WHERE period = 'minute' AND start < $1 OR start < $2`;
