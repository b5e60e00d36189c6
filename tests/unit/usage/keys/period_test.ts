import { assertEquals } from "@std/assert";
import { PERIODS } from "../../../../src/usage/keys/key.ts";
import { spanOf } from "../../../../src/usage/keys/period.ts";

Deno.test("spanOf() is the minute, day and month of UTC", () => {
  const now = Date.UTC(2026, 11, 31, 23, 59, 30);
  assertEquals(PERIODS.map((period) => spanOf(period, now)), [
    { start: Date.UTC(2026, 11, 31, 23, 59), end: Date.UTC(2027, 0) },
    { start: Date.UTC(2026, 11, 31), end: Date.UTC(2027, 0) },
    { start: Date.UTC(2026, 11), end: Date.UTC(2027, 0) },
  ]);
});
