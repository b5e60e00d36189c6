import { assertEquals } from "@std/assert";
import { findModel } from "../testing/models.ts";
import { startServer } from "../testing/server.ts";

const gguf = findModel("smollm2");
const embeddingGguf = findModel("embed");
const VENV = ".cache/python";

async function succeeds(command: string, args: string[]): Promise<boolean> {
  try {
    const { success, stderr } = await new Deno.Command(command, {
      args,
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) {
      console.warn(new TextDecoder().decode(stderr));
    }
    return success;
  } catch {
    return false;
  }
}

/** A Python with the package in it, or undefined, which is said loudly. */
async function findPython(): Promise<string | undefined> {
  const python = `${VENV}/bin/python`;
  if (await succeeds(python, ["-c", "import ollama"])) {
    return python;
  }
  const made = await succeeds("python3", ["-m", "venv", VENV]) &&
    await succeeds(python, ["-m", "pip", "install", "-q", "ollama==0.6.3"]);
  if (!made) {
    console.warn("SKIPPED: no Python with the ollama package can be made");
    return undefined;
  }
  return python;
}

const python = gguf === undefined ? undefined : await findPython();

Deno.test({
  name: "the ollama package for Python works unchanged",
  ignore: python === undefined || embeddingGguf === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using server = await startServer();
    const script = new URL("ollama_client.py", import.meta.url).pathname;
    const { success, stdout, stderr } = await new Deno.Command(python ?? "", {
      args: [script, server.baseUrl, gguf ?? "", embeddingGguf ?? ""],
    }).output();
    const said = new TextDecoder().decode(stdout).trim().split("\n");
    assertEquals(success, true, new TextDecoder().decode(stderr));
    assertEquals(said.filter((line) => line.startsWith("ok ")).length, 9);
  },
});
