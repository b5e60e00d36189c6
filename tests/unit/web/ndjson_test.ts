import { assertEquals, assertRejects } from "@std/assert";
import { readNdjson } from "../../../src/web/client/ndjson.js";

/** A stream of these bytes, in pieces of so many. */
function streamOf(text: string, size: number) {
  const bytes = new TextEncoder().encode(text);
  const pieces = Array.from(
    { length: Math.ceil(bytes.length / size) },
    (_, index) => bytes.slice(index * size, (index + 1) * size),
  );
  return ReadableStream.from(pieces) as ReadableStream<Uint8Array>;
}

Deno.test("lines are read whole however they are cut, characters too", async () => {
  const values = [{ text: "Grüße" }, { text: "🌍 \\n" }, { done: true }];
  const lines = values.map((value) => JSON.stringify(value));
  for (const text of [lines.join("\n"), lines.join("\n") + "\n\n"]) {
    for (const size of [1, 2, 3, 7, 1000]) {
      const read = await Array.fromAsync(readNdjson(streamOf(text, size)));
      assertEquals(read, values, `in pieces of ${size}`);
    }
  }
});

Deno.test("a reader that leaves early cancels the stream", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) =>
      controller.enqueue(new TextEncoder().encode('{"n":1}\n')),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const { n } of readNdjson(endless)) {
    assertEquals(n, 1);
    break;
  }
  assertEquals(cancelled, true);
});

Deno.test("a stream that breaks is an error, not an end", async () => {
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.error(new Error("cut")),
  });
  await assertRejects(() => Array.fromAsync(readNdjson(broken)), Error, "cut");
});
