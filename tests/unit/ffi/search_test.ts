import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { LlamaError } from "../../../ffi/errors.ts";
import type { Flavour, Machine } from "../../../ffi/flavour.ts";
import type { LlamaLibrary } from "../../../ffi/library.ts";
import {
  openLibrary,
  type OpenOptions,
  type Surroundings,
} from "../../../ffi/search.ts";

/** Flavours whose GPU the made-up libraries find. */
type Gpus = readonly Flavour[];

interface Facts {
  readonly libraries?: readonly string[];
  readonly embedded?: readonly Flavour[];
  readonly gpus?: Gpus;
  readonly open?: (folder: string) => void;
}

const CUDA = ["libcuda.so.1", "libcudart.so.13", "libcublas.so.13"];

function surroundings(facts: Facts): Surroundings {
  const { libraries = [], embedded = [], gpus = [] } = facts;
  const machine: Machine = {
    os: "linux",
    arch: "x86_64",
    canLoad: (library) => libraries.includes(library),
  };
  return {
    machine,
    embedded: (flavour) =>
      Promise.resolve(
        embedded.includes(flavour) ? `/cache/${flavour}` : undefined,
      ),
    installed: (name) => Promise.resolve(`/npm/${name}`),
    open: (folder, gpu) => {
      facts.open?.(folder);
      const flavour = gpu ? gpus.find((each) => folder.includes(each)) : "cpu";
      return { folder, flavour: flavour ?? "cpu" } as LlamaLibrary;
    },
  };
}

async function opened(
  flavour: OpenOptions["flavour"],
  facts: Facts,
  folder = "",
): Promise<Pick<LlamaLibrary, "folder" | "flavour" | "reason">> {
  const options = { folder, cacheFolder: "/cache", flavour };
  const library = await openLibrary(options, surroundings(facts));
  return {
    folder: library.folder,
    flavour: library.flavour,
    ...(library.reason === undefined ? {} : { reason: library.reason }),
  };
}

Deno.test("openLibrary() prefers the executable's copy to the package", async () => {
  assertEquals(await opened("cpu", { embedded: ["cpu"] }), {
    folder: "/cache/cpu",
    flavour: "cpu",
  });
  assertEquals(await opened("cpu", {}), {
    folder: "/npm/@node-llama-cpp/linux-x64@3.22.1",
    flavour: "cpu",
  });
});

Deno.test("openLibrary() looks nowhere else when a folder is named", async () => {
  const fails = () => {
    throw new Error("not a library");
  };
  const error = await assertRejects(
    () => opened("auto", { embedded: ["cpu"], open: fails }, "/mine"),
    LlamaError,
  );
  assertEquals(
    error.message,
    'Cannot open the library in "/mine": not a library',
  );
});

Deno.test("openLibrary() says when a named folder lacks the wished GPU", async () => {
  assertEquals(await opened("cuda", {}, "/mine"), {
    folder: "/mine",
    flavour: "cpu",
    reason: '"/mine" finds no cuda GPU',
  });
});

Deno.test("openLibrary() uses no GPU when the CPU is wished", async () => {
  const facts = { gpus: ["cuda"] } as const;
  assertEquals((await opened("cpu", facts, "/cuda")).flavour, "cpu");
  assertEquals((await opened("auto", facts, "/cuda")).flavour, "cuda");
});

Deno.test("openLibrary() uses the GPU that is there", async () => {
  const facts = { libraries: CUDA, gpus: ["cuda"] } as const;
  assertEquals((await opened("auto", facts)).flavour, "cuda");
});

Deno.test("openLibrary() is silent about GPUs that nobody has or wished for", async () => {
  assertEquals((await opened("auto", {})).reason, undefined);
});

Deno.test("openLibrary() tells why a wished flavour is not used", async () => {
  const { flavour, reason = "" } = await opened("cuda", {});
  assertEquals(flavour, "cpu");
  assertStringIncludes(reason, "cuda needs libcuda.so.1");
  assertEquals(reason.includes("\n"), false);
});

Deno.test("openLibrary() tells about a GPU whose runtime is missing", async () => {
  const facts = { libraries: ["libcuda.so.1"] };
  assertEquals(
    (await opened("auto", facts)).reason,
    "cuda needs libcudart.so.13, libcublas.so.13 on this machine",
  );
});

Deno.test("openLibrary() goes on when a flavour cannot be opened", async () => {
  const open = (folder: string) => {
    if (folder.includes("cuda")) {
      throw new Error("wrong ELF class");
    }
  };
  const { flavour, reason = "" } = await opened("auto", {
    libraries: CUDA,
    open,
  });
  assertEquals(flavour, "cpu");
  assertStringIncludes(reason, "linux-x64-cuda@3.22.1: wrong ELF class");
});

Deno.test("openLibrary() uses a GPU build's CPU code when it finds no GPU", async () => {
  assertEquals(await opened("cuda", { libraries: CUDA }), {
    folder: "/npm/@node-llama-cpp/linux-x64-cuda@3.22.1",
    flavour: "cpu",
    reason: "cuda finds no GPU",
  });
});

Deno.test("openLibrary() lists every place when none works", async () => {
  const open = () => {
    throw new Error("damaged");
  };
  const { message } = await assertRejects(
    () => opened("auto", { embedded: ["cpu"], open }),
    LlamaError,
  );
  for (
    const part of [
      "there is no metal build for linux x86_64",
      "cuda needs",
      "vulkan needs",
      "/cache/cpu: damaged",
      "/npm/@node-llama-cpp/linux-x64@3.22.1: damaged",
      "TALLY_LLAMA_LIB",
    ]
  ) {
    assertStringIncludes(message, part);
  }
});
