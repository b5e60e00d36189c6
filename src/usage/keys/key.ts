/**
 * API keys: who may ask, for which models, and how much.
 *
 * @module
 */

import * as v from "valibot";

/** Times limits are about: the minute, day or month of UTC. */
export const PERIODS = ["minute", "day", "month"] as const;

/** One of {@linkcode PERIODS}. */
export type Period = typeof PERIODS[number];

const WHOLE = "must be a whole number of at least 1";
const atLeastOne = v.pipe(
  v.number(WHOLE),
  v.integer(WHOLE),
  v.minValue(1, WHOLE),
);
const perPeriod = v.object({
  minute: v.optional(atLeastOne),
  day: v.optional(atLeastOne),
  month: v.optional(atLeastOne),
});

/** A key as it is kept; the key itself is not. */
export const ApiKey = v.object({
  name: v.pipe(
    v.string(),
    v.regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      "must be 1 to 64 letters, digits, dots, dashes or underscores",
    ),
    v.notValue("anonymous", "is the name of those without a key"),
  ),
  /** SHA-256 of the key, in hexadecimal. It is random, so no salt is needed. */
  hash: v.string(),
  /** May read usage and change models. */
  admin: v.boolean(),
  /** Models it may use; absent are all. */
  models: v.optional(v.array(v.string())),
  /** Prompt and generated tokens together. */
  tokens: perPeriod,
  requests: perPeriod,
  createdAt: v.string(),
  /** Since when it is no longer accepted. */
  revokedAt: v.optional(v.string()),
});

/** See {@linkcode ApiKey}. */
export type ApiKey = v.InferOutput<typeof ApiKey>;

/** What a new key is made with. */
export type NewKey = Pick<
  ApiKey,
  "name" | "admin" | "models" | "tokens" | "requests"
>;

/** Whether anything limits how much a key may use. */
export function isLimited({ tokens, requests }: ApiKey): boolean {
  return PERIODS.some((period) => tokens[period] ?? requests[period]);
}
