import { assertEquals } from "@std/assert";
import { modelfileText } from "../../../src/http/model_text.ts";
import { parseModelfile } from "../../../src/models/modelfile.ts";
import { fakeModel } from "../../testing/fake_model.ts";
import { Random } from "../../testing/random.ts";

const PARTS = [
  "a",
  " ",
  "\t",
  "\n",
  '"',
  '"""',
  "'",
  "#",
  "{{ .Prompt }}",
  "FROM x",
];

/** Texts of all that quoting may get wrong. */
function randomText(random: Random): string {
  const text = Array.from(
    { length: random.between(1, 6) },
    () => random.pick(PARTS),
  ).join("");
  // What ends a text in three quotes cannot be inside of it.
  return text.includes("\n") ? text.replace(/"{3,}[ \t]*$/gm, '"') : text;
}

Deno.test("parseModelfile() reads back every Modelfile that show prints", () => {
  const random = new Random(11);
  for (let round = 0; round < 5000; round++) {
    const text = () => randomText(random);
    const parts = {
      template: text(),
      system: text(),
      renderer: "qwen3-coder",
      parser: "qwen3-coder",
      requires: "0.14.0",
      license: [text(), text()],
      parameters: {
        stop: [text(), text()],
        temperature: 0.25,
        seed: -1,
        min_p: 1e-7,
        use_mmap: false,
      },
      messages: [{ role: "user", content: text() }],
    };
    const model = fakeModel("m", {
      ...parts,
      weightsPath: "/blobs/sha256-1",
      projectorPaths: ["/blobs/sha256-2"],
      adapterPaths: ["/blobs/sha256-3"],
    });
    const { from, adapters, formerParameters, ...read } = parseModelfile(
      modelfileText(model, "m:latest"),
    );
    assertEquals(read, parts);
    assertEquals([from, adapters, formerParameters], [
      ["/blobs/sha256-1", "/blobs/sha256-2"],
      ["/blobs/sha256-3"],
      [],
    ]);
  }
});
