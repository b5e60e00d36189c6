/**
 * Which build of the native library suits this machine.
 *
 * @module
 */

/** Builds of the native library. */
export type Flavour = "cpu" | "cuda" | "vulkan" | "metal";

/** What is known of the machine; tests make it up. */
export interface Machine {
  readonly os: string;
  readonly arch: string;
  /** Whether the dynamic linker finds a library of this name. */
  readonly canLoad: (library: string) => boolean;
}

/** A flavour that might do, or why it cannot. */
export interface Candidate {
  readonly flavour: Flavour;
  /** Present when the machine lacks what the flavour needs. */
  readonly obstacle?: string;
}

/** The linker's names of what each flavour needs on the machine. */
const NEEDS: Readonly<Record<string, Partial<Record<Flavour, string[]>>>> = {
  linux: {
    cuda: ["libcuda.so.1", "libcudart.so.13", "libcublas.so.13"],
    vulkan: ["libvulkan.so.1"],
  },
  windows: {
    cuda: ["nvcuda.dll", "cudart64_13.dll", "cublas64_13.dll"],
    vulkan: ["vulkan-1.dll"],
  },
};

/** Platform packages that exist, by operating system and processor. */
const PACKAGES: Readonly<Record<string, Partial<Record<Flavour, string>>>> = {
  "linux-x86_64": {
    cpu: "@node-llama-cpp/linux-x64@3.22.1",
    cuda: "@node-llama-cpp/linux-x64-cuda@3.22.1",
    vulkan: "@node-llama-cpp/linux-x64-vulkan@3.22.1",
  },
  "linux-aarch64": { cpu: "@node-llama-cpp/linux-arm64@3.22.1" },
  "darwin-aarch64": {
    cpu: "@node-llama-cpp/mac-arm64-metal@3.21.1",
    metal: "@node-llama-cpp/mac-arm64-metal@3.21.1",
  },
  "darwin-x86_64": { cpu: "@node-llama-cpp/mac-x64@3.21.1" },
  "windows-x86_64": {
    cpu: "@node-llama-cpp/win-x64@3.21.1",
    cuda: "@node-llama-cpp/win-x64-cuda@3.21.1",
    vulkan: "@node-llama-cpp/win-x64-vulkan@3.21.1",
  },
  "windows-aarch64": { cpu: "@node-llama-cpp/win-arm64@3.21.1" },
};

/** The npm package of a flavour, or undefined where there is none. */
export function packageOf(
  flavour: Flavour,
  os: string,
  arch: string,
): string | undefined {
  return PACKAGES[`${os}-${arch}`]?.[flavour];
}

/** The machine this runs on. */
export function thisMachine(): Machine {
  return {
    os: Deno.build.os,
    arch: Deno.build.arch,
    canLoad: (library) => {
      try {
        Deno.dlopen(library, {}).close();
        return true;
      } catch {
        return false;
      }
    },
  };
}

function candidate(flavour: Flavour, machine: Machine): Candidate {
  const { os, arch } = machine;
  if (packageOf(flavour, os, arch) === undefined) {
    return {
      flavour,
      obstacle: `there is no ${flavour} build for ${os} ${arch}`,
    };
  }
  const missing = (NEEDS[os]?.[flavour] ?? [])
    .filter((library) => !machine.canLoad(library));
  if (missing.length > 0) {
    return {
      flavour,
      obstacle: `${flavour} needs ${missing.join(", ")} on this machine`,
    };
  }
  return { flavour };
}

/**
 * Flavours to try, the best first; the last is always the plain CPU one.
 * What cannot work carries its obstacle, so that it can be told.
 */
export function candidates(
  wished: Flavour | "auto",
  machine: Machine = thisMachine(),
): Candidate[] {
  const order: Flavour[] = wished === "cpu"
    ? ["cpu"]
    : wished === "auto"
    ? ["metal", "cuda", "vulkan", "cpu"]
    : wished === "cuda"
    ? ["cuda", "vulkan", "cpu"]
    : [wished, "cpu"];
  return order.map((flavour) => candidate(flavour, machine));
}
