/**
 * What is in a folder, to be compared with another one.
 *
 * @module
 */

import { digestOf } from "./registry_fake.ts";

/** Files below a folder, each with its digest. */
export async function contents(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      for (const [below, digest] of await contents(path)) {
        found.set(`${name}/${below}`, digest);
      }
    } else {
      found.set(name, digestOf(await Deno.readFile(path)));
    }
  }
  return new Map([...found].sort());
}
