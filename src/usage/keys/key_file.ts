/**
 * The file of API keys: JSON, readable to its owner only, replaced whole.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import { dirname } from "node:path";
import * as v from "valibot";
import { ApiKey, type NewKey } from "./key.ts";

const KeyFile = v.object({ keys: v.array(ApiKey) });

/** Begins every key, so that a lost one is recognised. */
const PREFIX = "tally_";

/** SHA-256 in hexadecimal. */
export function hashKey(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/**
 * All keys, revoked ones included; none when there is no file. Throws when the
 * file cannot be read or is no file of keys.
 */
export function readKeys(path: string): ApiKey[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return [];
    }
    throw error;
  }
  try {
    return v.parse(KeyFile, JSON.parse(text)).keys;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(`${path} is no file of API keys: ${reason}`, {
      cause,
    });
  }
}

function writeKeys(path: string, keys: readonly ApiKey[]): void {
  Deno.mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${Deno.pid}`;
  const text = JSON.stringify({ keys }, null, 2) + "\n";
  Deno.writeTextFileSync(unfinished, text, { mode: 0o600 });
  Deno.renameSync(unfinished, path);
}

/**
 * Adds a key and returns it; it is shown once and cannot be read again.
 * Throws a `RangeError` for a name that is taken or is none.
 */
export function createKey(path: string, wanted: NewKey): string {
  const keys = readKeys(path);
  if (keys.some(({ name }) => name === wanted.name)) {
    throw new RangeError(
      `there is a key named ${wanted.name}; take another name`,
    );
  }
  const secret = PREFIX + randomBytes(32).toString("base64url");
  const created = v.safeParse(ApiKey, {
    ...wanted,
    hash: hashKey(secret),
    createdAt: new Date().toISOString(),
  });
  if (!created.success) {
    const [issue] = created.issues;
    const field = issue.path?.map(({ key }) => key).join(".") ?? "";
    throw new RangeError(`${field} ${issue.message}`);
  }
  writeKeys(path, [...keys, created.output]);
  return secret;
}

/** Ends a key for ever; its name stays taken, as the ledger knows it. */
export function revokeKey(path: string, name: string): void {
  const keys = readKeys(path);
  const key = keys.find((each) => each.name === name);
  if (key === undefined) {
    throw new RangeError(`there is no key named ${name}`);
  }
  const revokedAt = key.revokedAt ?? new Date().toISOString();
  const revoked = { ...key, revokedAt };
  writeKeys(path, keys.map((each) => each === key ? revoked : each));
}
