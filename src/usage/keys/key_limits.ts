/**
 * What the keys of requests allow: which models, and how much.
 *
 * @module
 */

import { ServerError } from "../../errors.ts";
import type { Caller } from "../../generation.ts";
import type { Entry } from "../entry.ts";
import type { UsageArchive } from "../store/archive.ts";
import { Budget, limitsOf } from "./budget.ts";
import type { Claim, SharedBudgets } from "./claim.ts";
import { type ApiKey, isLimited } from "./key.ts";
import type { Keyring } from "./keyring.ts";

/**
 * How often a reservation must fit into what is left to be made by a bound of
 * the tokens instead of their count: all that run then leave most of it.
 */
const AMPLE = 64;

/** What a generation may use. */
export interface Allowance {
  /** Whether tokens have to be set aside before they are used. */
  readonly limited: boolean;
  /** Whether so many tokens are nothing beside what is left. */
  readonly isAmple: (tokens: number) => boolean;
  /** Sets tokens aside. Throws `rate_limited` when none are left. */
  reserve(tokens: number): Promise<void>;
  /** The generation has ended; the last of a request gives back all. */
  end(): void;
}

const UNLIMITED: Allowance = {
  limited: false,
  isAmple: () => true,
  reserve: () => Promise.resolve(),
  end() {},
};

/** A limited request under way. */
interface Admitted {
  readonly key: ApiKey;
  readonly budget: Budget;
  /** Resolves when it may begin. */
  readonly begun: Promise<void>;
  generations: number;
  /** Set aside. */
  tokens: number;
}

/**
 * Holds requests to their keys' limits. With `shared`, to what all servers
 * together have used; while that cannot be asked, to what is known here.
 */
export class KeyLimits {
  readonly #keyring: Keyring;
  readonly #archive: UsageArchive;
  readonly #shared: SharedBudgets | undefined;
  readonly #budgets = new Map<string, Budget>();
  readonly #admitted = new Map<Caller, Admitted>();

  constructor(
    keyring: Keyring,
    archive: UsageArchive,
    shared?: SharedBudgets,
  ) {
    this.#keyring = keyring;
    this.#archive = archive;
    this.#shared = shared;
  }

  /** Throws `forbidden` when the key is not for this model. */
  checkModel(caller: Caller, model: string): void {
    const { models } = this.#keyring.named(caller.key) ?? {};
    if (models !== undefined && !models.includes(model)) {
      throw new ServerError(
        "forbidden",
        `the key "${caller.key}" is not for the model "${model}"; it is for ` +
          models.join(", "),
        { code: "model_not_allowed", param: "model" },
      );
    }
  }

  /** Begins a generation. Throws `rate_limited` when nothing is left. */
  async admit(caller: Caller): Promise<Allowance> {
    const key = this.#keyring.named(caller.key);
    if (key === undefined || !isLimited(key)) {
      return UNLIMITED;
    }
    const admitted = this.#admitted.get(caller) ?? this.#begin(caller, key);
    admitted.generations++;
    try {
      await admitted.begun;
    } catch (error) {
      this.#admitted.delete(caller);
      throw error;
    }
    return {
      limited: true,
      isAmple: (tokens) => tokens * AMPLE < admitted.budget.left(key),
      reserve: (tokens) => this.#reserve(caller, admitted, tokens),
      end: () => this.#end(caller, admitted),
    };
  }

  /** Counts a request that has ended. */
  add(entry: Entry): void {
    const budget = this.#budgets.get(entry.key);
    if (budget !== undefined) {
      budget.add(entry);
      this.#shared?.flush();
    }
  }

  #begin(caller: Caller, key: ApiKey): Admitted {
    const budget = this.#budgetOf(key.name);
    const begin = async () => {
      await budget.admit(key);
      try {
        await this.#claim(caller, key, { tokens: 0, requests: 1 });
      } catch (error) {
        budget.leave();
        throw error;
      }
    };
    const begun = begin();
    const admitted = { key, budget, begun, generations: 0, tokens: 0 };
    this.#admitted.set(caller, admitted);
    return admitted;
  }

  async #reserve(caller: Caller, admitted: Admitted, tokens: number) {
    const { budget, key } = admitted;
    budget.reserve(key, tokens);
    admitted.tokens += tokens;
    await this.#claim(caller, key, { tokens, requests: 0 });
  }

  /** Sets aside where all servers see it, until the request is booked. */
  async #claim(
    { id }: Caller,
    key: ApiKey,
    wanted: Pick<Claim, "tokens" | "requests">,
  ): Promise<void> {
    const limits = limitsOf(key, Date.now());
    const claim = { ...wanted, id, key: key.name, limits };
    const verdict = await this.#shared?.reserve(claim);
    if (verdict !== undefined) {
      this.#budgetOf(key.name).heed(verdict, limits);
    }
  }

  #end(caller: Caller, admitted: Admitted): void {
    if (--admitted.generations === 0) {
      this.#admitted.delete(caller);
      admitted.budget.release(admitted.tokens);
      admitted.budget.leave();
    }
  }

  #budgetOf(name: string): Budget {
    const known = this.#budgets.get(name);
    if (known !== undefined) {
      return known;
    }
    const budget = new Budget(name, (key, since) => this.#used(key, since));
    this.#budgets.set(name, budget);
    return budget;
  }

  async #used(key: string, since: number) {
    const groups = await this.#archive.query({
      groupBy: ["outcome"],
      since,
      until: Infinity,
      only: { key: [key] },
      scope: "all",
    });
    return groups.reduce((sum, group) => ({
      tokens: sum.tokens + group.cached + group.computed + group.generated,
      requests: sum.requests +
        (group.outcome === "rejected" ? 0 : group.requests),
    }), { tokens: 0, requests: 0 });
  }
}
