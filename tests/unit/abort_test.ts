import { assertEquals, assertThrows } from "@std/assert";
import { anySignal } from "../../src/abort.ts";

Deno.test("anySignal() is aborted with the first that is, for its reason", () => {
  const first = new AbortController();
  const second = new AbortController();
  const either = anySignal(first.signal, second.signal);
  assertEquals(either.aborted, false);
  second.abort(new RangeError("enough"));
  first.abort(new TypeError("late"));
  assertThrows(() => either.throwIfAborted(), RangeError, "enough");
});

Deno.test("anySignal() is aborted from the beginning when one is", () => {
  const either = anySignal(
    new AbortController().signal,
    AbortSignal.abort(new RangeError("before")),
  );
  assertThrows(() => either.throwIfAborted(), RangeError, "before");
});

Deno.test("anySignal() keeps those who listen when memory is cleaned up", async () => {
  const script = `
    import { anySignal } from "${new URL(
    "../../src/abort.ts",
    import.meta.url,
  )}";
    const source = new AbortController();
    const other = new AbortController();
    const listen = () =>
      anySignal(source.signal, other.signal)
        .addEventListener("abort", () => console.log("heard"));
    listen();
    await new Promise((resolve) => setTimeout(resolve, 20));
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
    gc();
    source.abort();
  `;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", "--v8-flags=--expose-gc", script],
    stderr: "inherit",
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "heard\n");
});
