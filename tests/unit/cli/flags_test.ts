import { assertEquals } from "@std/assert";
import { normalizeFlags } from "../../../src/cli/flags.ts";

Deno.test("normalizeFlags() takes a level after = only", () => {
  assertEquals(
    normalizeFlags(["run", "--think", "m", "--truncate", "Hi"]),
    ["run", "--think=true", "m", "--truncate=true", "Hi"],
  );
  assertEquals(normalizeFlags(["--think=high"]), ["--think=high"]);
});

Deno.test("normalizeFlags() reads switches that say yes or no", () => {
  assertEquals(
    normalizeFlags(["--verbose=true", "--insecure=false", "--format=json"]),
    ["--verbose", "--format=json"],
  );
});

Deno.test("normalizeFlags() leaves what follows --", () => {
  assertEquals(
    normalizeFlags(["run", "m", "--", "--think"]),
    ["run", "m", "--", "--think"],
  );
});
