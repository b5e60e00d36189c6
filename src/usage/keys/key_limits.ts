/**
 * What the keys of requests allow: which models, and how much.
 *
 * @module
 */

import { ServerError } from "../../errors.ts";
import type { Caller } from "../../generation.ts";
import type { Entry } from "../entry.ts";
import type { UsageArchive } from "../store/archive.ts";
import { Budget } from "./budget.ts";
import { type ApiKey, isLimited } from "./key.ts";
import type { Keyring } from "./keyring.ts";

/** What a generation may use. */
export interface Allowance {
  /** Whether tokens have to be set aside before they are used. */
  readonly limited: boolean;
  /** Sets tokens aside. Throws `rate_limited` when none are left. */
  reserve(tokens: number): void;
  /** The generation is booked; gives back what it had set aside. */
  end(): void;
}

const UNLIMITED: Allowance = { limited: false, reserve() {}, end() {} };

/** Holds requests to their keys' limits. */
export class KeyLimits {
  readonly #keyring: Keyring;
  readonly #archive: UsageArchive;
  readonly #budgets = new Map<string, Budget>();
  /** Generations under way of each limited request. */
  readonly #admitted = new Map<Caller, number>();

  constructor(keyring: Keyring, archive: UsageArchive) {
    this.#keyring = keyring;
    this.#archive = archive;
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
    const budget = this.#budgetOf(key.name);
    const others = this.#admitted.get(caller) ?? 0;
    this.#admitted.set(caller, others + 1);
    try {
      if (others === 0) {
        await budget.admit(key);
      }
    } catch (error) {
      this.#admitted.delete(caller);
      throw error;
    }
    return this.#allowance(caller, key, budget);
  }

  /** Counts a request that has ended. */
  add(entry: Entry): void {
    this.#budgets.get(entry.key)?.add(entry);
  }

  #allowance(caller: Caller, key: ApiKey, budget: Budget): Allowance {
    let reserved = 0;
    return {
      limited: true,
      reserve: (tokens) => {
        budget.reserve(key, tokens);
        reserved += tokens;
      },
      end: () => {
        budget.release(reserved);
        reserved = 0;
        const others = (this.#admitted.get(caller) ?? 1) - 1;
        if (others > 0) {
          this.#admitted.set(caller, others);
        } else if (this.#admitted.delete(caller)) {
          budget.leave();
        }
      },
    };
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
      scope: "server",
    });
    return groups.reduce((sum, group) => ({
      tokens: sum.tokens + group.cached + group.computed + group.generated,
      requests: sum.requests +
        (group.outcome === "rejected" ? 0 : group.requests),
    }), { tokens: 0, requests: 0 });
  }
}
