/**
 * `tally ps`
 *
 * @module
 */

import type { Client } from "./client.ts";
import { humanSize, humanTime } from "./human.ts";
import { SHORT_DIGEST } from "./list.ts";
import { print } from "./output.ts";
import { formatTable } from "./table.ts";

/** A model of `/api/ps` as far as it is shown. */
interface LoadedModel {
  readonly name: string;
  readonly digest: string;
  readonly size: number;
  readonly size_vram: number;
  readonly context_length: number;
  readonly expires_at: string;
}

/** Years from now that mean "for ever", as in Ollama. */
const FOR_EVER_YEARS = 20;

function processor({ size, size_vram }: LoadedModel): string {
  if (size_vram === 0) {
    return "100% CPU";
  }
  if (size_vram === size) {
    return "100% GPU";
  }
  if (size_vram > size) {
    return "Unknown";
  }
  const cpu = Math.round((1 - size_vram / size) * 100);
  return `${cpu}%/${100 - cpu}% CPU/GPU`;
}

function until(expires: Date): string {
  const years = expires.getFullYear() - new Date().getFullYear();
  if (years > FOR_EVER_YEARS) {
    return "Forever";
  }
  return expires.getTime() <= Date.now() ? "Stopping..." : humanTime(expires);
}

/** Prints the models in memory, those whose names begin with `prefix`. */
export async function ps(client: Client, prefix = ""): Promise<void> {
  const { models } = await client.get<{ models: LoadedModel[] }>("/api/ps");
  const asked = models.filter(({ name }) => name.startsWith(prefix));
  const rows = asked.map((model) => [
    model.name,
    model.digest.slice(0, SHORT_DIGEST),
    humanSize(model.size),
    processor(model),
    String(model.context_length),
    until(new Date(model.expires_at)),
  ]);
  const head = ["NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL"];
  print(formatTable([head, ...rows]));
}
