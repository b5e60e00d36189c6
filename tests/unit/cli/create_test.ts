import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { localFiles } from "../../../src/cli/create_files.ts";
import { ndjson, startFakeOllama } from "../../testing/fake_ollama.ts";

/** SHA-256 of the text "GGUF". */
const SHA256_OF_GGUF =
  "b83633aa785344791618f2fddf131b010ea04912a60430760b070bad293f65bd";

Deno.test("tally create uploads the file of the Modelfile once", async () => {
  let blobs = 0;
  await using server = startFakeOllama({
    "POST /api/create": () => ndjson({ status: "success" }),
    ["POST /api/blobs/sha256:" + SHA256_OF_GGUF]: () => {
      blobs++;
      return new Response(null, { status: 201 });
    },
    ["HEAD /api/blobs/sha256:" + SHA256_OF_GGUF]: () =>
      new Response(null, { status: blobs === 0 ? 404 : 200 }),
  });
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/model.gguf`, "GGUF");
    const modelfile = `${folder}/Modelfile`;
    await Deno.writeTextFile(
      modelfile,
      "FROM ./model.gguf\nSYSTEM Be kind.\nPARAMETER stop a\n",
    );
    for (let round = 0; round < 2; round++) {
      const ended = await server.tally(["create", "m", "-f", modelfile]);
      assertEquals([ended.code, ended.out], [0, ""]);
      assert(ended.err.endsWith("success\n"));
    }
    assertEquals(blobs, 1);
    assertEquals(server.seen.at(-1)?.body, {
      model: "m",
      files: { "model.gguf": `sha256:${SHA256_OF_GGUF}` },
      system: "Be kind.",
      parameters: { stop: ["a"] },
      messages: [],
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("tally create tells a Modelfile that is missing", async () => {
  await using server = startFakeOllama({});
  const ended = await server.tally(["create", "m", "-f", "/no/Modelfile"]);
  assertEquals(ended, {
    code: 1,
    out: "",
    err: "Error: Cannot find the Modelfile /no/Modelfile\n",
  });
});

Deno.test("tally create tells a file that is missing before it asks the server", async () => {
  await using server = startFakeOllama({});
  const modelfile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(modelfile, "FROM ./missing.gguf\n");
    const ended = await server.tally(["create", "m", "-f", modelfile]);
    assertEquals(ended, {
      code: 1,
      out: "",
      err: "Error: Cannot find the file ./missing.gguf of the Modelfile\n",
    });
    assertEquals(server.seen, []);
  } finally {
    await Deno.remove(modelfile);
  }
});

/** A folder with empty files of these names. */
async function withFiles(
  names: readonly string[],
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of names) {
      await Deno.writeTextFile(join(folder, name), "");
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("localFiles() finds files, folders of files and all parts of a split one", async () => {
  const parts = [1, 2, 3].map((each) => `m-0000${each}-of-00003.gguf`);
  const names = ["a.gguf", "b.GGUF", "notes.txt", ...parts];
  await withFiles(names, async (folder) => {
    const cases: readonly [string[], string[]][] = [
      [["./a.gguf"], ["a.gguf"]],
      [["a.gguf", "./b.GGUF", "a.gguf"], ["a.gguf", "b.GGUF"]],
      [[folder], ["a.gguf", "b.GGUF", ...parts]],
      [["."], ["a.gguf", "b.GGUF", ...parts]],
      [["m-00002-of-00003.gguf"], parts],
      [["llama3.2"], []],
      [["me/model:8b"], []],
    ];
    for (const [texts, found] of cases) {
      assertEquals(
        await localFiles(texts, folder),
        found.map((name) => join(folder, name)),
      );
    }
  });
});

Deno.test("tally create tells what is wrong with the files of a Modelfile", async () => {
  await using server = startFakeOllama({});
  const cases: readonly [string[], string, string][] = [
    [["model.safetensors"], "FROM .", "convert them to GGUF with llama.cpp's"],
    [["x.txt"], "FROM .", "There is no GGUF file in the folder . of"],
    [
      ["m-00001-of-00002.gguf"],
      "FROM ./m-00001-of-00002.gguf",
      "m-00002-of-00002.gguf, which m-00001-of-00002.gguf is a part",
    ],
    [["a.gguf"], "FROM a.gguf\nFROM llava", 'of files and of "llava"'],
    [["a.gguf"], "FROM a.gguf\nADAPTER lora", "Cannot find the adapter lora"],
    [["a.gguf"], "FROM a.gguf\nSISTEM x", "(line 2): command must be one of"],
  ];
  for (const [names, modelfile, error] of cases) {
    await withFiles(names, async (folder) => {
      const path = join(folder, "Modelfile");
      await Deno.writeTextFile(path, modelfile);
      const ended = await server.tally(["create", "m", "-f", path]);
      assertEquals(ended.code, 1);
      assertStringIncludes(ended.err, error);
    });
  }
  assertEquals(server.seen, []);
});
