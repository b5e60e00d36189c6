import { assertRejects } from "@std/assert";
import { serve } from "../../../src/cli/serve.ts";
import { ConfigError, readConfig } from "../../../src/config.ts";

Deno.test("serve() says what to do about a models folder it cannot use", async () => {
  const file = await Deno.makeTempFile();
  try {
    const variables: Record<string, string> = {
      OLLAMA_MODELS: file,
      TALLY_LEDGER: "memory",
    };
    const config = readConfig((name) => variables[name]);
    await assertRejects(() => serve(config), ConfigError, "Set OLLAMA_MODELS");
  } finally {
    await Deno.remove(file);
  }
});
