/**
 * The ledger of a server, with all that goes by it: where it is kept, keys and
 * their limits.
 *
 * @module
 */

import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { EndedRequest } from "../usage/entry.ts";
import { KeyLimits } from "../usage/keys/key_limits.ts";
import { Keyring } from "../usage/keys/keyring.ts";
import { Ledger } from "../usage/ledger.ts";
import { UsageStore } from "../usage/store/usage_store.ts";

/** What counts and who may be counted. */
export interface Accounting {
  readonly archive: UsageStore;
  readonly keyring: Keyring;
  readonly limits: KeyLimits;
  readonly ledger: Ledger;
  /** Whom to tell of requests that have ended. */
  readonly listeners: ((request: EndedRequest) => void)[];
}

function openStore(config: Config, log: Log): UsageStore {
  const { url } = config.ledger;
  const { file } = url === undefined ? config.ledger : config.ledgerBuffer;
  return new UsageStore({
    ...(url === undefined ? {} : { url }),
    ...(file === undefined ? {} : { path: file }),
    server: config.serverName,
    run: crypto.randomUUID(),
    retentionMs: config.ledgerRetentionMs,
    log,
  });
}

/** Opens everything. Throws when the file of keys cannot be read. */
export function openAccounting(config: Config, log: Log): Accounting {
  const keyring = new Keyring(config.keysFile);
  const archive = openStore(config, log);
  const shared = config.ledger.url === undefined ? undefined : archive;
  const limits = new KeyLimits(keyring, archive, shared);
  const listeners = [
    (entry: EndedRequest) => archive.add(entry),
    (entry: EndedRequest) => limits.add(entry),
  ];
  const ledger = new Ledger((entry) =>
    listeners.forEach((tell) => tell(entry))
  );
  return { archive, keyring, limits, ledger, listeners };
}
