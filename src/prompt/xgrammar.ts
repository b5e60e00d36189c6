/**
 * Loads XGrammar's WebAssembly build
 * (https://github.com/mlc-ai/xgrammar/tree/main/web). The package is a UMD
 * file marked as a module: it wants CommonJS names to exist before it is
 * imported, and leaves its exports on `globalThis`. That quirk lives here.
 *
 * @module
 */

import { createRequire } from "node:module";
import type * as XGrammar from "@mlc-ai/web-xgrammar";

/** The package's exports. */
export type XGrammarModule = typeof XGrammar;

interface UmdGlobals {
  require?: unknown;
  __filename?: string;
  __dirname?: string;
  xgrammar?: XGrammarModule;
}

let loading: Promise<XGrammarModule> | undefined;

async function load(): Promise<XGrammarModule> {
  const globals = globalThis as unknown as UmdGlobals;
  globals.require ??= createRequire(import.meta.url);
  globals.__filename ??= "xgrammar.js";
  globals.__dirname ??= ".";
  await import("@mlc-ai/web-xgrammar");
  if (globals.xgrammar === undefined) {
    throw new TypeError("Cannot load XGrammar: it left no exports");
  }
  return globals.xgrammar;
}

/** XGrammar, loaded at the first call. */
export function loadXGrammar(): Promise<XGrammarModule> {
  return loading ??= load();
}
