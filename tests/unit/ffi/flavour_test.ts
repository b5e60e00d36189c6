import { assertEquals } from "@std/assert";
import { candidates, type Machine } from "../../../ffi/flavour.ts";

function machine(changes: Partial<Machine>, libraries: string[] = []): Machine {
  return {
    os: "linux",
    arch: "x86_64",
    canLoad: (library) => libraries.includes(library),
    ...changes,
  };
}

const CUDA = ["libcuda.so.1", "libcudart.so.13", "libcublas.so.13"];

function usable(wished: Parameters<typeof candidates>[0], on: Machine) {
  return candidates(wished, on)
    .filter((each) => each.obstacle === undefined)
    .map((each) => each.flavour);
}

Deno.test("candidates() leaves the CPU on a machine without a GPU", () => {
  assertEquals(usable("auto", machine({})), ["cpu"]);
});

Deno.test("candidates() prefers CUDA, then Vulkan, when both would run", () => {
  const both = machine({}, [...CUDA, "libvulkan.so.1"]);
  assertEquals(usable("auto", both), ["cuda", "vulkan", "cpu"]);
});

Deno.test("candidates() tells a driver whose runtime is missing", () => {
  const [cuda] = candidates("cuda", machine({}, ["libcuda.so.1"]));
  assertEquals(cuda, {
    flavour: "cuda",
    obstacle: "cuda needs libcudart.so.13, libcublas.so.13 on this machine",
    hasDriver: true,
  });
});

Deno.test("candidates() falls back from CUDA to Vulkan", () => {
  assertEquals(usable("cuda", machine({}, ["libvulkan.so.1"])), [
    "vulkan",
    "cpu",
  ]);
});

Deno.test("candidates() asks nothing of a GPU when the CPU is wished", () => {
  const asked: string[] = [];
  const canLoad = (library: string) => {
    asked.push(library);
    return true;
  };
  assertEquals(usable("cpu", machine({ canLoad })), ["cpu"]);
  assertEquals(asked, []);
});

Deno.test("candidates() uses Metal on Apple silicon and nowhere else", () => {
  const apple = machine({ os: "darwin", arch: "aarch64" });
  assertEquals(usable("auto", apple), ["metal", "cpu"]);
  assertEquals(candidates("metal", machine({}))[0], {
    flavour: "metal",
    obstacle: "there is no metal build for linux x86_64",
    hasDriver: false,
  });
});

Deno.test("candidates() knows Windows' names", () => {
  const names = ["nvcuda.dll", "cudart64_13.dll", "cublas64_13.dll"];
  const windows = machine({ os: "windows" }, names);
  assertEquals(usable("auto", windows), ["cuda", "cpu"]);
});
