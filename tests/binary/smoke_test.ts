import { assert, assertEquals, assertMatch } from "@std/assert";
import { findModel } from "../testing/models.ts";
import { OtlpCollector } from "../testing/otlp_collector.ts";

const binary = new URL(
  `../../dist/tally${Deno.build.os === "windows" ? ".exe" : ""}`,
  import.meta.url,
).pathname;
const gguf = findModel("smollm2");

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

if (!exists(binary)) {
  console.warn("NO EXECUTABLE: its tests are ignored. Run: deno task build");
}

/** Runs the executable; what it printed. */
async function tally(
  folder: string,
  env: Record<string, string>,
  ...args: string[]
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(
    `${folder}/tally`,
    { args, cwd: folder, env, clearEnv: true, stdin: "null" },
  ).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function untilListening(env: Record<string, string>, folder: string) {
  for (let i = 0; i < 100; i++) {
    try {
      await tally(folder, env, "list");
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error("the executable does not serve");
}

Deno.test({
  name: "the executable, alone in an empty folder, serves a model",
  ignore: gguf === undefined || !exists(binary),
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using collector = new OtlpCollector();
    const folder = await Deno.makeTempDir();
    await Deno.copyFile(binary, `${folder}/tally`);
    await Deno.chmod(`${folder}/tally`, 0o755);
    const env = {
      HOME: folder,
      XDG_CACHE_HOME: `${folder}/cache`,
      OLLAMA_MODELS: `${folder}/models`,
      OLLAMA_HOST: `127.0.0.1:${20_000 + Math.floor(Math.random() * 20_000)}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    };
    assertMatch(await tally(folder, env, "version"), /^tally version \d/);
    const server = new Deno.Command(`${folder}/tally`, {
      args: ["serve"],
      cwd: folder,
      env,
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await untilListening(env, folder);
      await Deno.writeTextFile(`${folder}/Modelfile`, `FROM ${gguf}\n`);
      await tally(folder, env, "create", "small");
      assertMatch(await tally(folder, env, "list"), /^small:latest/m);
      const answer = await fetch(`http://${env.OLLAMA_HOST}/api/chat`, {
        method: "POST",
        body: JSON.stringify({
          model: "small",
          messages: [{ role: "user", content: "Hello" }],
          stream: false,
          options: { num_predict: 5 },
        }),
      });
      assertEquals(answer.status, 200);
      const { message, eval_count, prompt_eval_count } = await answer.json();
      assert(message.content.length > 0);
      const page = await fetch(`http://${env.OLLAMA_HOST}/`, {
        headers: { Accept: "text/html" },
      });
      assertMatch(await page.text(), /<title>Tally<\/title>/);
      const script = await fetch(`http://${env.OLLAMA_HOST}/web/app.js`);
      assertMatch(await script.text(), /^import /m);
      const usage = JSON.parse(await tally(folder, env, "usage", "--json"));
      assertEquals(usage.usage, [{
        model: "small",
        requests: 1,
        prompt_tokens: prompt_eval_count,
        completion_tokens: eval_count,
      }]);
    } finally {
      server.kill("SIGTERM");
      await server.status;
      await Deno.remove(folder, { recursive: true });
    }
    // The rest is sent when the server ends.
    assertEquals(collector.spans.map(({ name }) => name), ["chat small"]);
    assert(collector.metrics.has("gen_ai.client.token.usage"));
  },
});
