/**
 * `tally engine --probe`: what models would run on, as JSON. A process of its
 * own, because asking a GPU's driver can crash.
 *
 * @module
 */

import { listDevices, openLibrary } from "../../ffi/mod.ts";
import type { GpuFlavour } from "../messages.ts";
import { libraryOptions } from "./native_library.ts";

/** Prints library, flavour, devices and cores on one line. */
export async function runProbe(
  flavour: GpuFlavour,
  write: (line: string) => void = console.log,
): Promise<void> {
  using library = await openLibrary(libraryOptions(flavour));
  write(JSON.stringify({
    library: library.version,
    folder: library.folder,
    flavour: library.flavour,
    reason: library.reason,
    cores: navigator.hardwareConcurrency,
    devices: listDevices(library),
  }));
}
