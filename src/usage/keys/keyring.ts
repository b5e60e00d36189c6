/**
 * The keys a server accepts, as its file has them now.
 *
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import type { ApiKey } from "./key.ts";
import { hashKey, readKeys } from "./key_file.ts";

/** Milliseconds between two looks whether the file has changed. */
const LOOK_MS = 500;

/** Accepts keys. Without a file of keys everybody may do everything. */
export class Keyring {
  readonly #path: string;
  #keys: readonly ApiKey[] = [];
  #changedAt: number | undefined;
  #lookedAt = -Infinity;

  /** Throws when the file cannot be read. */
  constructor(path: string) {
    this.#path = path;
    this.#refresh();
  }

  /** Whether requests need a key: one was made, be it revoked since. */
  get required(): boolean {
    this.#refresh();
    return this.#keys.length > 0;
  }

  /** The key, if it is one and is not revoked. */
  find(secret: string): ApiKey | undefined {
    this.#refresh();
    const hash = hashKey(secret);
    // All are compared, so that time tells nothing.
    const found = this.#keys.filter((key) => isEqual(key.hash, hash));
    return found.find((key) => key.revokedAt === undefined);
  }

  /** The key of this name. */
  named(name: string): ApiKey | undefined {
    return this.#keys.find((key) => key.name === name);
  }

  #refresh(): void {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_MS) {
      return;
    }
    const changedAt = changeOf(this.#path);
    if (changedAt !== this.#changedAt) {
      this.#keys = readKeys(this.#path);
      this.#changedAt = changedAt;
    }
    this.#lookedAt = now;
  }
}

/** When the file was last changed; undefined when there is none. */
function changeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).mtime?.getTime();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return undefined;
    }
    throw error;
  }
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [a, b].map((each) => new TextEncoder().encode(each));
  return left !== undefined && right !== undefined &&
    left.length === right.length && timingSafeEqual(left, right);
}
