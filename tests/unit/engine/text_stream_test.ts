import { assertEquals } from "@std/assert";
import { TextStream } from "../../../src/engine/text_stream.ts";
import { Random } from "../../testing/random.ts";

/** Pushes the pieces; what was shown after each, and the end. */
function stream(
  pieces: readonly (string | readonly number[])[],
  stop: readonly string[] = [],
): string[] {
  const text = new TextStream(stop);
  const shown: string[] = [];
  for (const piece of pieces) {
    const bytes = typeof piece === "string"
      ? new TextEncoder().encode(piece)
      : Uint8Array.from(piece);
    const pushed = text.push(bytes);
    shown.push(pushed.text);
    if (pushed.stopString !== undefined) {
      return [...shown, "STOP"];
    }
  }
  return [...shown, text.end()];
}

/** Character by character: a stop string ends the text where it is whole. */
function reference(text: string, stop: readonly string[]): string {
  for (let end = 1; end <= text.length; end++) {
    const found = stop.filter((each) => text.slice(0, end).endsWith(each));
    if (found.length > 0) {
      return text.slice(0, end - Math.max(...found.map((each) => each.length)));
    }
  }
  return text;
}

function randomChunks(bytes: Uint8Array, random: Random): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = random.between(0, 6);
    chunks.push(bytes.slice(at, at + length));
    at += length;
  }
  return chunks;
}

function randomText(random: Random, most: number): string {
  const letters = ["a", "b", "ab", "é", "世", "🙂", "\n", "</s>"];
  const length = random.between(1, most);
  return Array.from({ length }, () => random.pick(letters)).join("");
}

Deno.test("TextStream says what a character by character reading says", () => {
  for (let seed = 1; seed <= 3000; seed++) {
    const random = new Random(seed);
    const text = randomText(random, 40);
    const stop = Array.from(
      { length: random.between(0, 4) },
      () => randomText(random, 3),
    );
    const bytes = new TextEncoder().encode(text);
    const streamed = stream(
      randomChunks(bytes, random).map((each) => [...each]),
      stop,
    );
    const said = streamed.join("").replace(/STOP$/, "");
    const message = JSON.stringify({ seed, text, stop, streamed });
    assertEquals(said, reference(text, stop), message);
  }
});

Deno.test("TextStream shows text as soon as it can be no stop string", () => {
  assertEquals(stream(["a", "EN", "X", "b"], ["END"]), [
    "a",
    "",
    "ENX",
    "b",
    "",
  ]);
});

Deno.test("TextStream finds a stop string across borders and after a false start", () => {
  assertEquals(
    stream(["a", "EE", "N", "D", "x"], ["END"]),
    ["a", "E", "", "", "STOP"],
  );
});

Deno.test("TextStream gives back at the end what it held", () => {
  assertEquals(stream(["a", "EN"], ["END"]), ["a", "", "EN"]);
});

Deno.test("TextStream holds incomplete characters back", () => {
  assertEquals(stream([[0xe4], [0xb8], [0x96], "!"]), ["", "", "世", "!", ""]);
});

Deno.test("TextStream replaces what is no character", () => {
  assertEquals(stream([[0xff], [0xe4, 0xb8], "a"]), [
    "\ufffd",
    "",
    "\ufffda",
    "",
  ]);
});

Deno.test("TextStream leaves out a character that the answer's end has cut", () => {
  assertEquals(stream(["世", [0xe4, 0xb8]]), ["世", "", ""]);
  assertEquals(stream(["EN", [0xf0, 0x9f, 0x99]], ["END"]), ["", "", "EN"]);
});

Deno.test("TextStream keeps a byte order mark and ignores empty stop strings", () => {
  assertEquals(stream(["\ufeffa"], [""]), ["\ufeffa", ""]);
});
