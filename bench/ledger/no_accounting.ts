/**
 * Stands in for `src/cli/accounting.ts` in a server that counts nothing, to
 * measure what counting costs.
 *
 * @module
 */

import type { Accounting } from "../../src/cli/accounting.ts";
import type { Meter } from "../../src/usage/open_entry.ts";
import { KeyLimits } from "../../src/usage/keys/key_limits.ts";
import { Keyring } from "../../src/usage/keys/keyring.ts";
import { Ledger } from "../../src/usage/ledger.ts";

const NOTHING: Meter = { leased() {}, update() {}, end() {} };

class NoLedger extends Ledger {
  override open(): Meter {
    return NOTHING;
  }

  override engineTotals(): void {}
}

/** Opens nothing. */
export function openAccounting(): Accounting {
  const keyring = new Keyring("/nowhere/keys.json");
  const archive = {
    state: { unwritten: 0 },
    query: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  } as unknown as Accounting["archive"];
  const limits = new KeyLimits(keyring, archive);
  return { archive, keyring, limits, ledger: new NoLedger(), listeners: [] };
}
