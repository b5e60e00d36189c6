import { assertEquals, assertThrows } from "@std/assert";
import { LlamaError } from "../../../ffi/errors.ts";
import {
  checkVersion,
  flavourOf,
  libraryFiles,
  openFolder,
} from "../../../ffi/library.ts";

Deno.test("libraryFiles() picks the three libraries by platform and flavour", () => {
  const cases = [
    ["libllama.v0.5.0.so", "libggml.v0.5.0.so", "libggml-base.so"],
    ["libllama.cuda.v0.5.0.so", "libggml.cuda.v0.5.0.so", "libggml-base.so"],
    [
      "libllama.metal.v0.4.0.dylib",
      "libggml.metal.v0.4.0.dylib",
      "libggml-base.dylib",
    ],
    ["llama.v0.4.0.dll", "ggml.v0.4.0.dll", "ggml-base.dll"],
    ["libllama.so", "libggml.so", "libggml-base.so"],
  ] as const;
  const others = [
    "_nlcBuildMetadata.json",
    "libggml-cpu-haswell.so",
    "libllama-common.so",
    "llama-addon.node",
    "libggml-cuda.so",
  ];
  for (const [llama, ggml, base] of cases) {
    assertEquals(libraryFiles([...others, llama, ggml, base]), {
      llama,
      ggml,
      base,
    });
  }
});

Deno.test("libraryFiles() names what is missing", () => {
  assertThrows(
    () => libraryFiles(["libllama.so", "libggml.so"]),
    LlamaError,
    "there is no ggml-base library in it",
  );
});

Deno.test("flavourOf() goes by the backends, not by the library's name", () => {
  assertEquals(flavourOf(["libllama.so", "libggml-cuda.so"]), "cuda");
  assertEquals(flavourOf(["libggml-metal.so", "libggml-blas.so"]), "metal");
  assertEquals(flavourOf(["ggml-vulkan.dll"]), "vulkan");
  assertEquals(flavourOf(["libggml-cpu-haswell.so", "libggml.so"]), "cpu");
});

Deno.test("checkVersion() takes the known releases and no other", () => {
  checkVersion("0.5.0-dev");
  checkVersion("v0.4.0");
  for (const version of ["0.6.0", "0.5.1", "b9000", ""]) {
    assertThrows(() => checkVersion(version), LlamaError, "are known to fit");
  }
});

Deno.test("openFolder() fails on files that are no libraries", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["libllama.so", "libggml.so", "libggml-base.so"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "rubbish");
    }
    assertThrows(() => openFolder(folder, false), Error, "libggml-base.so");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
