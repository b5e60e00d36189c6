/**
 * One model in memory, or on its way there: who uses it and until when it
 * stays.
 *
 * @module
 */

import type { ResolvedModel } from "../models/model.ts";
import type { EngineSpec } from "../messages.ts";
import type { EngineClient } from "./engine_client.ts";

/** What a request needs loaded. */
export interface Wanted {
  /** Equal weights and adapters share an engine whatever their names. */
  readonly key: string;
  readonly model: ResolvedModel;
  readonly spec: EngineSpec;
  /** Memory the model will take, estimated, in bytes. */
  readonly bytes: number;
}

/** Longest delay `setTimeout` takes, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A model that is loading, loaded or closing. */
export class Runner {
  readonly wanted: Wanted;
  /** Present once loaded. */
  client: EngineClient | undefined;
  /** When it was loaded, by `performance.now()`. */
  readyAt = Infinity;
  closing = false;
  /** Leases held now. */
  active = 0;
  /** Milliseconds since the epoch. */
  lastUsed = Date.now();
  #keepAliveMs: number;
  #expiresAt = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(wanted: Wanted, keepAliveMs: number) {
    this.wanted = wanted;
    this.#keepAliveMs = keepAliveMs;
  }

  get idle(): boolean {
    return this.client !== undefined && !this.closing && this.active === 0;
  }

  /** Whether a request with this spec can be answered without a reload. */
  serves(spec: EngineSpec): boolean {
    return JSON.stringify(spec) === JSON.stringify(this.wanted.spec);
  }

  get sizeBytes(): number {
    return this.client?.info.sizeBytes ?? this.wanted.bytes;
  }

  /** When it will be unloaded if nobody asks again, ms since the epoch. */
  get expiresAt(): number {
    return this.idle ? this.#expiresAt : Date.now() + this.#keepAliveMs;
  }

  /** The newest request says how long the model stays. */
  lease(keepAliveMs: number): void {
    this.active++;
    this.lastUsed = Date.now();
    this.#keepAliveMs = keepAliveMs;
    clearTimeout(this.#timer);
  }

  release(): void {
    this.active--;
    this.lastUsed = Date.now();
  }

  /** Leaves no reason to stay once the last request has ended. */
  stayNoLonger(): void {
    this.#keepAliveMs = 0;
  }

  /** Calls `expire` when nobody has used the model for its keep-alive time. */
  startExpiry(expire: () => void): void {
    clearTimeout(this.#timer);
    this.#expiresAt = Date.now() + this.#keepAliveMs;
    this.#waitFor(expire);
  }

  #waitFor(expire: () => void): void {
    const left = this.#expiresAt - Date.now();
    if (left === Infinity) {
      return;
    }
    this.#timer = setTimeout(
      () => left > LONGEST_TIMER_MS ? this.#waitFor(expire) : expire(),
      Math.min(Math.max(left, 0), LONGEST_TIMER_MS),
    );
    Deno.unrefTimer(this.#timer);
  }

  stopExpiry(): void {
    clearTimeout(this.#timer);
  }
}
