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
  /** The machine has such a GPU, or at least its driver. */
  readonly hasDriver: boolean;
}

interface Needs {
  /** Linker's name of the library that comes with the GPU's driver. */
  readonly driver: string;
  /** Linker's names of what a person installs besides. */
  readonly runtime: readonly string[];
}

const NEEDS: Readonly<Record<string, Partial<Record<Flavour, Needs>>>> = {
  linux: {
    cuda: {
      driver: "libcuda.so.1",
      runtime: ["libcudart.so.13", "libcublas.so.13"],
    },
    vulkan: { driver: "libvulkan.so.1", runtime: [] },
  },
  windows: {
    cuda: {
      driver: "nvcuda.dll",
      runtime: ["cudart64_13.dll", "cublas64_13.dll"],
    },
    vulkan: { driver: "vulkan-1.dll", runtime: [] },
  },
};

/** Packages that exist, by operating system and processor. */
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

/** Flavours to try for what was wished for, the best first. */
const ORDER: Readonly<Record<Flavour | "auto", readonly Flavour[]>> = {
  auto: ["metal", "cuda", "vulkan", "cpu"],
  cpu: ["cpu"],
  cuda: ["cuda", "vulkan", "cpu"],
  vulkan: ["vulkan", "cpu"],
  metal: ["metal", "cpu"],
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
  const { os, arch, canLoad } = machine;
  if (packageOf(flavour, os, arch) === undefined) {
    const obstacle = `there is no ${flavour} build for ${os} ${arch}`;
    return { flavour, obstacle, hasDriver: false };
  }
  const needs = NEEDS[os]?.[flavour];
  if (needs === undefined) {
    return { flavour, hasDriver: true };
  }
  const missing = [needs.driver, ...needs.runtime]
    .filter((library) => !canLoad(library));
  const hasDriver = !missing.includes(needs.driver);
  if (missing.length === 0) {
    return { flavour, hasDriver };
  }
  const obstacle = `${flavour} needs ${missing.join(", ")} on this machine`;
  return { flavour, obstacle, hasDriver };
}

/**
 * Flavours to try, the best first; the last is always the plain CPU one.
 * What cannot work carries its obstacle, so that it can be told.
 */
export function candidates(
  wished: Flavour | "auto",
  machine: Machine,
): Candidate[] {
  return ORDER[wished].map((flavour) => candidate(flavour, machine));
}
