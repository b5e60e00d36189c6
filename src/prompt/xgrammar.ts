/**
 * Loads XGrammar's WebAssembly build
 * (https://github.com/mlc-ai/xgrammar/tree/main/web). The package is a UMD
 * file marked as a module: it wants CommonJS names to exist before it is
 * imported, and hands its factory to an AMD loader's `define`. Those quirks
 * live here.
 *
 * @module
 */

import { createRequire } from "node:module";
import type * as XGrammar from "@mlc-ai/web-xgrammar";

/** The package's exports. */
export type XGrammarModule = typeof XGrammar;

/** Fills in the exports, of an instance of its own. */
type Factory = (exports: object) => void;

interface UmdGlobals {
  require?: unknown;
  __filename?: string;
  __dirname?: string;
  define?: unknown;
}

let loading: Promise<Factory> | undefined;

async function load(): Promise<Factory> {
  const globals = globalThis as unknown as UmdGlobals;
  globals.require ??= createRequire(import.meta.url);
  globals.__filename ??= "xgrammar.js";
  globals.__dirname ??= ".";
  let factory: Factory | undefined;
  const define = (_names: readonly string[], given: Factory) => factory = given;
  globals.define = Object.assign(define, { amd: {} });
  try {
    await import("@mlc-ai/web-xgrammar");
  } finally {
    delete globals.define;
  }
  if (factory === undefined) {
    throw new TypeError("Cannot load XGrammar: it defined nothing");
  }
  return factory;
}

/**
 * XGrammar with a memory of its own: one that has failed leaves its stack as
 * it is, and after some failures computes wrongly.
 */
export async function createXGrammar(): Promise<XGrammarModule> {
  const exports = {} as XGrammarModule;
  (await (loading ??= load()))(exports);
  return exports;
}
