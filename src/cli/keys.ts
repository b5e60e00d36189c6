/**
 * `tally keys`: makes, lists and revokes API keys, in their file. A running
 * server notices by itself.
 *
 * @module
 */

import { parseModelName, shortName } from "../models/name.ts";
import { type ApiKey, PERIODS } from "../usage/keys/key.ts";
import { createKey, readKeys, revokeKey } from "../usage/keys/key_file.ts";
import { print, tell } from "./output.ts";
import { formatTable } from "./table.ts";

/** Flags of `tally keys create`. */
export interface NewKeyFlags {
  readonly admin?: boolean;
  readonly models?: string;
  readonly tokensPerMinute?: string;
  readonly tokensPerDay?: string;
  readonly tokensPerMonth?: string;
  readonly requestsPerMinute?: string;
  readonly requestsPerDay?: string;
  readonly requestsPerMonth?: string;
}

/** The periods that have a limit. */
function limitsOf(
  minute: string | undefined,
  day: string | undefined,
  month: string | undefined,
) {
  return {
    ...(minute === undefined ? {} : { minute: Number(minute) }),
    ...(day === undefined ? {} : { day: Number(day) }),
    ...(month === undefined ? {} : { month: Number(month) }),
  };
}

/** Makes a key and prints it, alone, for this one time. */
export function createNewKey(
  path: string,
  name: string,
  flags: NewKeyFlags,
): void {
  const isFirst = readKeys(path).length === 0;
  const models = flags.models?.split(",").map((model) => model.trim())
    .filter((model) => model !== "")
    .map((model) => shortName(parseModelName(model)));
  const secret = createKey(path, {
    name,
    admin: flags.admin ?? false,
    ...(models === undefined ? {} : { models }),
    tokens: limitsOf(
      flags.tokensPerMinute,
      flags.tokensPerDay,
      flags.tokensPerMonth,
    ),
    requests: limitsOf(
      flags.requestsPerMinute,
      flags.requestsPerDay,
      flags.requestsPerMonth,
    ),
  });
  tell("Keep this key: it cannot be shown again.\n");
  if (isFirst) {
    tell(
      "From now on the server asks every request for a key" +
        (flags.admin
          ? ".\n"
          : "; make one with --admin\nto see usage and to pull models.\n"),
    );
  }
  print(`${secret}\n`);
}

function limitText(kind: "tokens" | "requests", key: ApiKey): string[] {
  return PERIODS.flatMap((period) => {
    const limit = key[kind][period];
    return limit === undefined ? [] : [`${limit} ${kind}/${period}`];
  });
}

function rowOf(key: ApiKey): string[] {
  const limits = [...limitText("tokens", key), ...limitText("requests", key)];
  return [
    key.name,
    key.revokedAt !== undefined ? "revoked" : key.admin ? "admin" : "user",
    key.models?.join(", ") ?? "all",
    limits.join(", ") || "none",
    key.createdAt.slice(0, 10),
  ];
}

/** Lists the keys, as JSON without their hashes when wanted. */
export function listKeys(path: string, flags: { json?: boolean }): void {
  const keys = readKeys(path);
  if (flags.json) {
    print(JSON.stringify(keys.map(({ hash: _hash, ...key }) => key)) + "\n");
    return;
  }
  print(formatTable([
    ["NAME", "KIND", "MODELS", "LIMITS", "CREATED"],
    ...keys.map(rowOf),
  ]));
}

/** Ends a key. */
export function revoke(path: string, name: string): void {
  revokeKey(path, name);
  tell(`revoked '${name}'\n`);
}
