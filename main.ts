/**
 * Tally: an Ollama-compatible LLM server that accounts for every token.
 *
 * @module
 */

/** Runs the command line; an engine process loads nothing else. */
async function main(args: readonly string[]): Promise<number> {
  if (args[0] !== "engine") {
    const { runCli } = await import("./src/cli/main.ts");
    return await runCli(args);
  }
  if (args[1] === "--probe") {
    const { runProbe } = await import("./src/engine/probe.ts");
    const { readConfig } = await import("./src/config.ts");
    await runProbe(readConfig().gpu);
    return 0;
  }
  if (args[1] === "--quantize") {
    const { runQuantize } = await import("./src/engine/quantize.ts");
    return await runQuantize();
  }
  const { runEngine } = await import("./src/engine/main.ts");
  return await runEngine();
}

if (import.meta.main) {
  Deno.exit(await main(Deno.args));
}
