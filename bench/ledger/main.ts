/**
 * `deno task bench:ledger`: what counting costs.
 *
 *     deno task bench:ledger recording   microseconds of one request's booking
 *     deno task bench:ledger million [--url postgres://…]
 *                questions over a million requests, of an empty database
 *     deno task bench:ledger serving [--rounds 10] [--threads 2]
 *                tokens/s with and without it, and reading usage meanwhile
 *
 * @module
 */

import { parseArgs } from "node:util";
import { benchMillion } from "./million.ts";
import { benchRecording } from "./recording.ts";
import { benchServing } from "./serving.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string", default: "10" },
    threads: { type: "string", default: "2" },
    url: { type: "string" },
  },
  allowPositionals: true,
});
const benches: Readonly<Record<string, () => Promise<void>>> = {
  recording: benchRecording,
  million: () => benchMillion(values.url),
  serving: () =>
    benchServing({
      rounds: Number(values.rounds),
      threads: Number(values.threads),
    }),
};
for (const name of positionals.length > 0 ? positionals : ["recording"]) {
  const bench = benches[name];
  if (bench === undefined) {
    console.error(`There is ${Object.keys(benches).join(", ")}, no "${name}".`);
    Deno.exit(2);
  }
  await bench();
}
