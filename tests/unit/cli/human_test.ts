import { assertEquals } from "@std/assert";
import { humanDuration, humanSize, humanTime } from "../../../src/cli/human.ts";

Deno.test("humanSize() cuts what is large and rounds what is small", () => {
  const cases = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 KB"],
    [1500, "1.5 KB"],
    [2000, "2 KB"],
    [96_576_768, "96 MB"],
    [999_999_999, "999 MB"],
    [4_661_224_676, "4.7 GB"],
    [12_900_000_000, "12 GB"],
    [3e12, "3 TB"],
  ] as const;
  for (const [bytes, text] of cases) {
    assertEquals(humanSize(bytes), text);
  }
});

Deno.test("humanTime() is about right, before and after", () => {
  const now = new Date("2026-06-01T12:00:00Z");
  const [minute, hour, day] = [60, 3600, 86_400];
  const cases = [
    [0, "Less than a second ago"],
    [-0.5, "Less than a second ago"],
    [-1, "1 second ago"],
    [-59, "59 seconds ago"],
    [-minute, "About a minute ago"],
    [-5 * minute, "5 minutes ago"],
    [4.9 * minute, "4 minutes from now"],
    [-hour, "About an hour ago"],
    [-1.4 * hour, "About an hour ago"],
    [-1.6 * hour, "2 hours ago"],
    [-47 * hour, "47 hours ago"],
    [-2 * day, "2 days ago"],
    [-13 * day, "13 days ago"],
    [-14 * day, "2 weeks ago"],
    [-59 * day, "8 weeks ago"],
    [-60 * day, "2 months ago"],
    [-729 * day, "24 months ago"],
    [-730 * day, "2 years ago"],
    [3 * day, "3 days from now"],
  ] as const;
  for (const [seconds, text] of cases) {
    const time = new Date(now.getTime() + seconds * 1000);
    assertEquals(humanTime(time, now), text);
  }
});

Deno.test("humanDuration() prints as Go does", () => {
  const cases = [
    [0, "0s"],
    [7, "7ns"],
    [1500, "1.5µs"],
    [12_500_000, "12.5ms"],
    [1_000_000_000, "1s"],
    [1_234_567_891, "1.234567891s"],
    [59_999_999_999, "59.999999999s"],
    [60_000_000_000, "1m0s"],
    [119_999_900_000, "1m59.9999s"],
    [3_723_500_000_000, "1h2m3.5s"],
  ] as const;
  for (const [nanoseconds, text] of cases) {
    assertEquals(humanDuration(nanoseconds), text);
  }
});
