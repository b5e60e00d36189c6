/**
 * The memory of the machine, or of the container it is shared in.
 *
 * @module
 */

/** Bytes. */
export interface SystemMemory {
  readonly total: number;
  readonly available: number;
}

/** Where Linux tells the limits of a container, cgroups of version 2 and 1. */
const CGROUPS = [
  {
    folder: "/sys/fs/cgroup",
    limit: "memory.max",
    used: "memory.current",
    reclaimable: /^inactive_file (\d+)$/m,
  },
  {
    folder: "/sys/fs/cgroup/memory",
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    reclaimable: /^total_inactive_file (\d+)$/m,
  },
] as const;

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}

/** What the container may have and what is left of it; none: no limit. */
function containerMemory(
  read: (path: string) => string | undefined,
): SystemMemory | undefined {
  for (const { folder, limit, used, reclaimable } of CGROUPS) {
    const total = Number.parseInt(read(`${folder}/${limit}`) ?? "");
    const taken = Number.parseInt(read(`${folder}/${used}`) ?? "");
    if (Number.isFinite(total) && Number.isFinite(taken)) {
      const stat = read(`${folder}/memory.stat`) ?? "";
      const cached = Number(reclaimable.exec(stat)?.[1] ?? 0);
      return { total, available: Math.max(0, total - taken + cached) };
    }
  }
  return undefined;
}

/** Swap counts as available, as with Ollama. */
export function systemMemory(
  info: () => Deno.SystemMemoryInfo = Deno.systemMemoryInfo,
  read: (path: string) => string | undefined = readText,
): SystemMemory {
  const { total, available, swapTotal, swapFree } = info();
  const machine = {
    total: total + swapTotal,
    available: available + swapFree,
  };
  const container = containerMemory(read) ?? machine;
  return {
    total: Math.min(machine.total, container.total),
    available: Math.min(machine.available, container.available),
  };
}
