/**
 * What a key has used in a period and what is reserved for its requests under
 * way, against what it may use.
 *
 * @module
 */

import { ServerError } from "../../errors.ts";
import type { Entry } from "../entry.ts";
import type { PeriodLimit, Verdict } from "./claim.ts";
import { type ApiKey, type Period, PERIODS } from "./key.ts";
import { type Span, spanOf } from "./period.ts";

/** What was used in a period that is not over. */
interface Used extends Span {
  tokens: number;
  requests: number;
  /** Resolves when what was used before is known. */
  known: Promise<void>;
}

/** Tokens and requests of a key. */
export interface KeyUsage {
  readonly tokens: number;
  readonly requests: number;
}

/** What a key's requests that ended since a moment have used. */
export type UsedSince = (key: string, since: number) => Promise<KeyUsage>;

/** One key's budget. */
export class Budget {
  readonly #name: string;
  readonly #usedSince: UsedSince;
  readonly #used = new Map<Period, Used>();
  /** Of requests under way. */
  #reservedTokens = 0;
  #reservedRequests = 0;

  constructor(name: string, usedSince: UsedSince) {
    this.#name = name;
    this.#usedSince = usedSince;
  }

  /** Begins a request. Throws `rate_limited` when nothing is left. */
  async admit(key: ApiKey): Promise<void> {
    const now = Date.now();
    await Promise.all(
      PERIODS.filter((period) => limits(key, period))
        .map((period) => this.#usedIn(period, now).known),
    );
    this.#checkTokens(key);
    this.#checkRequests(key);
    this.#reservedRequests++;
  }

  /** A request has ended, and is booked if it has done anything. */
  leave(): void {
    this.#reservedRequests--;
  }

  /**
   * Sets tokens aside that a request may use at most. Throws `rate_limited`
   * when nothing is left but what others have set aside.
   */
  reserve(key: ApiKey, tokens: number): void {
    this.#checkTokens(key);
    this.#reservedTokens += tokens;
  }

  /** Tokens neither used nor set aside, in the period that has fewest. */
  left({ tokens }: ApiKey): number {
    return Math.min(
      ...[...this.#used].map(([period, used]) =>
        this.#leftOf(tokens[period] ?? Infinity, used)
      ),
    );
  }

  /** Gives them back. */
  release(tokens: number): void {
    this.#reservedTokens -= tokens;
  }

  /** Counts a request that has ended. */
  add(entry: Entry): void {
    for (const used of this.#used.values()) {
      if (entry.endedAt < used.end) {
        used.tokens += entry.cached + entry.computed + entry.generated;
        used.requests += entry.outcome === "rejected" ? 0 : 1;
      }
    }
  }

  /**
   * Learns what all servers together have used. Throws `rate_limited` when
   * they leave nothing.
   */
  heed({ refused, used }: Verdict, limits: readonly PeriodLimit[]): void {
    for (const { period, start, tokens, requests } of used) {
      const known = this.#used.get(period);
      if (known?.start === start) {
        known.tokens = Math.max(known.tokens, tokens);
        known.requests = Math.max(known.requests, requests);
      }
    }
    const limit = limits.find(({ period }) => period === refused?.period);
    if (refused !== undefined && limit !== undefined) {
      const { period, kind } = refused;
      throw this.#spent(period, limit, `${limit[kind]} ${kind}`);
    }
  }

  /** The period that is now; what was used in it is looked up once. */
  #usedIn(period: Period, now: number): Used {
    const last = this.#used.get(period);
    if (last !== undefined && now >= last.start && now < last.end) {
      return last;
    }
    const used: Used = {
      ...spanOf(period, now),
      tokens: 0,
      requests: 0,
      known: Promise.resolve(),
    };
    // What ends from now on is counted by `add`.
    used.known = this.#usedSince(this.#name, used.start).then((before) => {
      used.tokens += before.tokens;
      used.requests += before.requests;
    });
    this.#used.set(period, used);
    return used;
  }

  #checkTokens({ tokens }: ApiKey): void {
    for (const [period, used] of this.#used) {
      const limit = tokens[period] ?? Infinity;
      if (this.#leftOf(limit, used) <= 0) {
        throw this.#spent(period, used, `${limit} tokens`);
      }
    }
  }

  #leftOf(limit: number, used: Used): number {
    return limit - used.tokens - this.#reservedTokens;
  }

  #checkRequests({ requests }: ApiKey): void {
    for (const [period, used] of this.#used) {
      const limit = requests[period] ?? Infinity;
      if (used.requests + this.#reservedRequests >= limit) {
        throw this.#spent(period, used, `${limit} requests`);
      }
    }
  }

  #spent(period: Period, { end }: Span, limit: string): ServerError {
    const again = new Date(end).toISOString();
    return new ServerError(
      "rate_limited",
      `the key "${this.#name}" may use ${limit} a ${period}, and none are ` +
        `left; try again after ${again}, or ask for a higher limit`,
      {
        retryAfter: Math.max(1, (end - Date.now()) / 1000),
        code: "rate_limit_exceeded",
      },
    );
  }
}

function limits({ tokens, requests }: ApiKey, period: Period): boolean {
  return tokens[period] !== undefined || requests[period] !== undefined;
}

/** What a key may use in the periods that are now. */
export function limitsOf(key: ApiKey, now: number): PeriodLimit[] {
  return PERIODS.filter((period) => limits(key, period)).map((period) => {
    const { [period]: tokens } = key.tokens;
    const { [period]: requests } = key.requests;
    return {
      period,
      ...spanOf(period, now),
      ...(tokens === undefined ? {} : { tokens }),
      ...(requests === undefined ? {} : { requests }),
    };
  });
}
