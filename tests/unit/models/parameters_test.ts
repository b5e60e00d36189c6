import { assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { checkedParameters } from "../../../src/models/parameters.ts";

Deno.test("checkedParameters() gives every value its option's type", () => {
  assertEquals(
    checkedParameters({
      num_ctx: 2048.9,
      temperature: 0.25,
      use_mmap: false,
      stop: "one",
      seed: null,
    }),
    {
      num_ctx: 2048,
      temperature: 0.25,
      use_mmap: false,
      stop: ["one"],
      seed: null,
    },
  );
});

Deno.test("checkedParameters() leaves out what was an option once", () => {
  assertEquals(checkedParameters({ mirostat: 1, tfs_z: 0.5, top_k: 3 }), {
    top_k: 3,
  });
});

Deno.test("checkedParameters() refuses in Ollama's words", () => {
  const cases: readonly [Record<string, unknown>, string][] = [
    [{ temperatur: 1 }, "unknown parameter 'temperatur'"],
    [{ toString: 1 }, "unknown parameter 'toString'"],
    [{ temperature: "1" }, 'option "temperature" must be of type float32'],
    [{ num_ctx: true }, 'option "num_ctx" must be of type integer'],
    [{ use_mmap: 1 }, 'option "use_mmap" must be of type boolean'],
    [{ stop: 1 }, 'option "stop" must be of type array'],
    [{ stop: [1] }, 'option "stop" must be of an array of strings'],
  ];
  for (const [parameters, message] of cases) {
    const error = assertThrows(
      () => checkedParameters(parameters),
      ServerError,
    );
    assertEquals([error.kind, error.message], ["bad_request", message]);
  }
});
