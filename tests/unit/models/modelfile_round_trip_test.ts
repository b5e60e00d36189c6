import { assertEquals } from "@std/assert";
import { modelfileText } from "../../../src/http/model_text.ts";
import { parseModelfile } from "../../../src/models/modelfile.ts";
import { fakeModel } from "../../testing/fake_model.ts";
import { Random } from "../../testing/random.ts";

/** Texts of all that quoting may get wrong but three quotes in a row. */
function randomText(random: Random): string {
  const parts = [
    "a",
    " ",
    "\t",
    "\n",
    '"',
    "'",
    "#",
    "{{ .Prompt }}",
    "FROM x",
  ];
  const text = Array.from(
    { length: random.between(1, 6) },
    () => random.pick(parts),
  ).join("");
  return text.replaceAll('"""', '"');
}

Deno.test("parseModelfile() reads back every Modelfile that show prints", () => {
  const random = new Random(11);
  for (let round = 0; round < 3000; round++) {
    const text = () => randomText(random);
    const parts = {
      template: text(),
      system: text(),
      license: [text(), text()],
      parameters: { stop: [text(), text()], temperature: 0.25, seed: -1 },
      messages: [{ role: "user", content: text() }],
    };
    const model = fakeModel("m", { ...parts, weightsPath: "/blobs/sha256-1" });
    const { from, adapters, ...read } = parseModelfile(
      modelfileText(model, "m:latest"),
    );
    assertEquals(read, parts);
    assertEquals([from, adapters], [["/blobs/sha256-1"], []]);
  }
});
