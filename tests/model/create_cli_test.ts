import { assertEquals, assertMatch } from "@std/assert";
import { answer, details } from "../testing/made_model.ts";
import { runTally } from "../testing/fake_ollama.ts";
import { Random } from "../testing/random.ts";
import { startServer } from "../testing/server.ts";
import { splitTinyGguf } from "../testing/tiny_gguf.ts";
import { tinyLora } from "../testing/tiny_lora.ts";

const MODELFILE = `
# A model of everything.
FROM ./tiny-00001-of-00002.gguf
ADAPTER ./lora.gguf
TEMPLATE """{{ .System }}
{{ .Prompt }}"""
SYSTEM "Be "kind"."
PARAMETER temperature 0.25
PARAMETER stop "END "
PARAMETER stop <|end|>
LICENSE """
Do what
you like.
"""
MESSAGE user Hello
MESSAGE assistant """Hi "you"."""
RENDERER some-renderer
PARSER some-parser
REQUIRES v0.14.0
`;

Deno.test("tally create makes a model of files, and of what tally show prints", async () => {
  await using server = await startServer();
  const folder = await Deno.makeTempDir();
  const tally = async (...args: string[]) => {
    const ended = await runTally(server.baseUrl, args);
    assertEquals(ended.code, 0, ended.err);
    return ended;
  };
  const create = (name: string, file: string, ...flags: string[]) =>
    tally("create", name, "-f", `${folder}/${file}`, ...flags);
  try {
    for (const [index, bytes] of splitTinyGguf(2).entries()) {
      const name = `tiny-0000${index + 1}-of-00002.gguf`;
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
    await Deno.writeFile(`${folder}/lora.gguf`, tinyLora(new Random(3)));
    await Deno.writeTextFile(`${folder}/Modelfile`, MODELFILE);
    const { err } = await create("small", "Modelfile", "-q", "q8_0");
    assertMatch(err, /quantizing F32 model to Q8_0/);
    assertEquals((await details(server, "small")).quantization_level, "Q8_0");

    assertMatch((await tally("show", "small")).out, /requires +0\.14\.0\n/);

    const shown = (await tally("show", "small", "--modelfile")).out;
    await Deno.writeTextFile(`${folder}/Shown`, shown);
    await create("again", "Shown");
    const again = (await tally("show", "again", "--modelfile")).out;
    assertEquals(again.replaceAll("again:latest", "small:latest"), shown);
    assertEquals(await answer(server, "again"), await answer(server, "small"));
    const { models } = await (await fetch(`${server.baseUrl}/api/tags`)).json();
    assertEquals(models[0].digest, models[1].digest);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
