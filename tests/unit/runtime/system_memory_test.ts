import { assertEquals } from "@std/assert";
import { systemMemory } from "../../../src/runtime/system_memory.ts";

const INFO: Deno.SystemMemoryInfo = {
  total: 1000,
  free: 100,
  available: 600,
  buffers: 0,
  cached: 0,
  swapTotal: 50,
  swapFree: 20,
};

function memoryWith(files: Readonly<Record<string, string>>) {
  return systemMemory(() => INFO, (path) => files[path]);
}

Deno.test("systemMemory() is the machine's, swap included", () => {
  const machine = { total: 1050, available: 620 };
  assertEquals(memoryWith({}), machine);
  assertEquals(
    memoryWith({
      "/sys/fs/cgroup/memory.max": "max\n",
      "/sys/fs/cgroup/memory.current": "300\n",
    }),
    machine,
  );
});

Deno.test("systemMemory() heeds the limit of a container, of either version", () => {
  const limited = { total: 400, available: 150 };
  assertEquals(
    memoryWith({
      "/sys/fs/cgroup/memory.max": "400\n",
      "/sys/fs/cgroup/memory.current": "300\n",
      "/sys/fs/cgroup/memory.stat": "anon 250\ninactive_file 50\n",
    }),
    limited,
  );
  assertEquals(
    memoryWith({
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "400\n",
      "/sys/fs/cgroup/memory/memory.usage_in_bytes": "300\n",
      "/sys/fs/cgroup/memory/memory.stat":
        "inactive_file 1\ntotal_inactive_file 50\n",
    }),
    limited,
  );
});

Deno.test("systemMemory() does not believe a container larger than the machine", () => {
  assertEquals(
    memoryWith({
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
      "/sys/fs/cgroup/memory/memory.usage_in_bytes": "300",
    }),
    { total: 1050, available: 620 },
  );
});
