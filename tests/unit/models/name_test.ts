import { assert, assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import {
  displayName,
  fullName,
  isValidName,
  parseModelName,
  sameName,
  shortName,
} from "../../../src/models/name.ts";
import { Random } from "../../testing/random.ts";

Deno.test("parseModelName() fills in the defaults", () => {
  const cases = [
    ["smollm2", "registry.ollama.ai/library/smollm2:latest"],
    ["smollm2:135m", "registry.ollama.ai/library/smollm2:135m"],
    ["me/Model.v2:q4_K", "registry.ollama.ai/me/Model.v2:q4_K"],
    ["host.io/me/model", "host.io/me/model:latest"],
    ["localhost:5000/me/model:a", "localhost:5000/me/model:a"],
    ["localhost:5000/me/model", "localhost:5000/me/model:latest"],
    ["https://host.io/me/model", "host.io/me/model:latest"],
    ["hf.co/me/model-GGUF:Q4_K_M", "hf.co/me/model-GGUF:Q4_K_M"],
  ] as const;
  for (const [text, full] of cases) {
    assertEquals(fullName(parseModelName(text)), full);
  }
});

Deno.test("parseModelName() refuses what is no name, and every way out of the folder", () => {
  const bad = [
    "",
    " ",
    ":",
    ":tag",
    "model:",
    "/model",
    "me/",
    "model name",
    "model\n",
    "model\u0000",
    "mödel",
    "..",
    "../model",
    "a/../b",
    "../../../etc/passwd",
    "host/../model",
    "./model",
    ".hidden",
    "-flag",
    "model:..",
    "model:../x",
    "model:a:b",
    "model:-x",
    "a\\b",
    "C:\\model",
    "a//b",
    "host/a/b/c",
    "n.s/model/",
    "x".repeat(81),
    `model:${"x".repeat(81)}`,
    "%2e%2e/model",
  ];
  for (const text of bad) {
    const error = assertThrows(() => parseModelName(text), ServerError);
    assertEquals(error.kind, "bad_request");
    assertEquals(error.message, "invalid model name");
  }
});

Deno.test("parseModelName() takes parts of the greatest length", () => {
  const part = "x".repeat(80);
  const text = `${"h".repeat(350)}/${part}/${part}:${part}`;
  assertEquals(fullName(parseModelName(text)), text);
});

Deno.test("shortName() leaves out what is default", () => {
  for (
    const text of [
      "smollm2",
      "smollm2:135m",
      "me/model",
      "me/model:a",
      "host.io/library/model",
      "host.io/me/model:a",
    ]
  ) {
    assertEquals(shortName(parseModelName(text)), text);
  }
  assertEquals(shortName(parseModelName("library/Model:Latest")), "Model");
});

Deno.test("shortName() names the same model again", () => {
  const random = new Random(5);
  const part = (letters: string) =>
    Array.from(
      { length: random.between(1, 8) },
      () => random.pick([..."abAB09_", ...letters]),
    ).join("");
  let valid = 0;
  for (let round = 0; round < 2000; round++) {
    const name = {
      host: random.pick(["registry.ollama.ai", part(".:-"), "h:1"]),
      namespace: random.pick(["library", part("-")]),
      model: part(".-"),
      tag: random.pick(["latest", part(".-")]),
    };
    if (isValidName(name)) {
      valid++;
      const again = parseModelName(shortName(name));
      assert(sameName(again, name), JSON.stringify(name));
      assertEquals(parseModelName(fullName(name)), name);
    }
  }
  assert(valid > 1000);
});

Deno.test("sameName() ignores case", () => {
  const name = parseModelName("Host.io/Me/Model:Tag");
  assert(sameName(name, parseModelName("host.io/me/mODEL:tAG")));
  assert(!sameName(name, parseModelName("host.io/me/model:other")));
});

Deno.test("displayName() always shows the tag", () => {
  const cases: readonly [string, string][] = [
    ["m", "m:latest"],
    ["m:8b", "m:8b"],
    ["me/m", "me/m:latest"],
    ["registry.ollama.ai/library/m:latest", "m:latest"],
    ["example.com/me/m:1", "example.com/me/m:1"],
  ];
  for (const [written, shown] of cases) {
    assertEquals(displayName(parseModelName(written)), shown);
  }
});
