import { assert, assertEquals } from "@std/assert";
import { createModel, post, upload } from "../testing/api.ts";
import {
  DockerRegistry,
  hasDockerRegistry,
} from "../testing/docker_registry.ts";
import { runTally } from "../testing/fake_ollama.ts";
import { contents } from "../testing/folder_contents.ts";
import { findModel } from "../testing/models.ts";
import { findOllama, runOllama, startOllama } from "../testing/real_ollama.ts";
import { RegistryGateway } from "../testing/registry_gateway.ts";
import { startServer } from "../testing/server.ts";
import { tinyLora } from "../testing/tiny_lora.ts";
import { tinyGguf } from "../testing/tiny_gguf.ts";

const ollama = findOllama();
const gguf = findModel("smollm2");
const ignore = ollama === undefined || gguf === undefined ||
  !hasDockerRegistry();
const program = ollama ?? "";

/** Everything a model may have beside its weights. */
const PARTS = {
  template: "{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n" +
    "{{ end }}<|im_start|>user\n{{ .Prompt }}<|im_end|>\n" +
    "<|im_start|>assistant\n{{ .Response }}",
  system: 'Be "brief" & <kind>.',
  license: ["MIT\nlicence", "BSD"],
  parameters: {
    temperature: 0.5,
    num_ctx: 512,
    num_predict: 8,
    stop: ["<|im_end|>", "a b"],
    top_k: 3,
    seed: 7,
    use_mmap: true,
  },
  messages: [
    { role: "user", content: "1 < 2?" },
    { role: "assistant", content: "Yes.\nIndeed." },
  ],
};

/** The answer to a request that must succeed; nothing where it has no body. */
async function answer(url: string, body: unknown): Promise<string> {
  const response = await post(url, body);
  const text = await response.text();
  assert(response.ok, text);
  return text;
}

/** What show tells that both servers must tell alike. */
async function shown(baseUrl: string, model: string) {
  const text = await answer(`${baseUrl}/api/show`, { model });
  const { modified_at: _, model_info: info, details, ...rest } = JSON.parse(
    text,
  );
  // Ollama leaves these to its lists, and no list in the metadata.
  const { context_length: _c, embedding_length: _e, ...described } = details;
  const facts = Object.entries(info).filter(([, value]) =>
    typeof value !== "object"
  ).sort();
  // Parameters come in a Go map's order, which is another one each time.
  const [parameters, modelfile] = [rest.parameters, rest.modelfile]
    .map((lines) => String(lines ?? "").split("\n").sort());
  return { ...rest, parameters, modelfile, details: described, facts };
}

async function listed(baseUrl: string) {
  const { models } = await (await fetch(`${baseUrl}/api/tags`)).json();
  // Ollama's own time is a local one.
  return models.map((
    { modified_at, ...rest }: Record<string, unknown>,
  ) => ({ ...rest, at: Date.parse(String(modified_at)) }));
}

async function generated(baseUrl: string, model: string): Promise<string> {
  const prompt = "Say hello.";
  const request = { model, prompt, stream: false };
  const text = await answer(`${baseUrl}/api/generate`, request);
  const { response, done } = JSON.parse(text);
  assert(done);
  return response;
}

/**
 * A way to a registry that redirects to blobs on another host, as Ollama's
 * does: Ollama downloads from no other one.
 */
function redirecting(registry: DockerRegistry): RegistryGateway {
  const gateway = new RegistryGateway();
  const otherHost = registry.host.replace("127.0.0.1", "localhost");
  gateway.leadTo(registry.host);
  gateway.spoil = ({ method }, { pathname }) =>
    method === "GET" && pathname.includes("/blobs/sha256:")
      ? Response.redirect(`http://${otherHost}${pathname}`, 307)
      : undefined;
  return gateway;
}

/** Pulls with Ollama and with Tally; their folders, which must be alike. */
async function pulledByBoth(model: string): Promise<[string, string]> {
  const [theirs, ours] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  await using real = await startOllama(program, theirs);
  await using tally = await startServer({ folder: ours });
  for (const { baseUrl } of [real, tally]) {
    const pulling = { model, insecure: true, stream: false };
    await answer(`${baseUrl}/api/pull`, pulling);
  }
  const pulled = await contents(theirs);
  assertEquals(pulled.size, 9);
  assertEquals(await contents(ours), pulled);
  return [theirs, ours];
}

/** Each program runs on the folder that the other one has filled. */
async function worksOnTheOthers(
  model: string,
  [theirs, ours]: [string, string],
): Promise<void> {
  await using tally = await startServer({ folder: theirs });
  await using real = await startOllama(program, ours);
  assert((await generated(tally.baseUrl, model)).length > 0);
  const [a, b] = await Promise.all(
    [tally, real].map(({ baseUrl }) => shown(baseUrl, model)),
  );
  const text = JSON.stringify(a).replaceAll(theirs, ours);
  assertEquals(JSON.parse(text), b);
  for (const folder of [theirs, ours]) {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name:
    "what Tally makes and pushes, both pull to the byte, and each reads the other's folder",
  ignore,
  fn: async () => {
    await using registry = await DockerRegistry.start();
    await using gateway = redirecting(registry);
    const name = `${gateway.host}/someone/made:v1`;
    await using maker = await startServer();
    await createModel(maker.baseUrl, "plain", gguf ?? "");
    const made = { model: name, from: "plain", ...PARTS, stream: false };
    await answer(`${maker.baseUrl}/api/create`, made);
    const pushing = { model: name, insecure: true, stream: false };
    await answer(`${maker.baseUrl}/api/push`, pushing);
    await worksOnTheOthers(name, await pulledByBoth(name));
  },
});

Deno.test({
  name:
    "what Ollama makes and pushes, both pull to the byte, and each reads the other's folder",
  ignore,
  fn: async () => {
    await using registry = await DockerRegistry.start({ relativeUrls: false });
    await using gateway = redirecting(registry);
    await using tally = await startServer();
    await createModel(tally.baseUrl, "plain", gguf ?? "");
    await using real = await startOllama(program, tally.folder);
    const model = `${registry.host}/someone/made`;
    const made = { model, from: "plain", ...PARTS, stream: false };
    await answer(`${real.baseUrl}/api/create`, made);
    const pushing = { model, insecure: true, stream: false };
    await answer(`${real.baseUrl}/api/push`, pushing);
    const name = `${gateway.host}/someone/made`;
    await worksOnTheOthers(name, await pulledByBoth(name));
  },
});

Deno.test({
  name: "Tally and Ollama make the same manifest of the same request",
  ignore,
  fn: async () => {
    await using tally = await startServer();
    await createModel(tally.baseUrl, "plain", gguf ?? "");
    await using real = await startOllama(program, tally.folder);
    const digests = [];
    for (const { baseUrl } of [tally, real]) {
      const made = { model: "made", from: "plain", ...PARTS, stream: false };
      await answer(`${baseUrl}/api/create`, made);
      const [{ digest }] = await listed(baseUrl);
      digests.push(digest);
    }
    assertEquals(digests[0], digests[1]);
  },
});

Deno.test({
  name:
    "both work on one folder: each lists, shows, copies and removes the other's",
  ignore,
  fn: async () => {
    await using tally = await startServer();
    await using real = await startOllama(program, tally.folder);
    const weights = await upload(tally.baseUrl, tinyGguf());
    const adapter = await upload(tally.baseUrl, tinyLora("noughts"));
    const made = {
      model: "tiny",
      files: { "tiny.gguf": weights },
      adapters: { "lora.gguf": adapter },
      ...PARTS,
      stream: false,
    };
    await answer(`${tally.baseUrl}/api/create`, made);
    await answer(`${real.baseUrl}/api/copy`, {
      source: "tiny",
      destination: "me/Copy:1",
    });
    assertEquals(await listed(tally.baseUrl), await listed(real.baseUrl));
    for (const model of ["tiny", "me/copy:1"]) {
      assertEquals(
        await shown(tally.baseUrl, model),
        await shown(real.baseUrl, model),
      );
    }
    for (
      const [server, model] of [[real, "tiny"], [tally, "me/copy:1"]] as const
    ) {
      const removed = await fetch(`${server.baseUrl}/api/delete`, {
        method: "DELETE",
        body: JSON.stringify({ model }),
      });
      assertEquals([removed.status, await removed.text()], [200, ""]);
    }
    assertEquals(await listed(tally.baseUrl), []);
    const left = [...(await contents(tally.folder)).keys()];
    assertEquals(left.filter((path) => path.startsWith("manifests/")), []);
  },
});

Deno.test({
  name: "the ollama program drives Tally as it drives its own server",
  ignore,
  fn: async () => {
    await using tally = await startServer();
    await createModel(tally.baseUrl, "plain", gguf ?? "");
    const folder = await Deno.makeTempDir();
    const modelfile = `${folder}/Modelfile`;
    await Deno.writeTextFile(
      modelfile,
      "FROM plain\nSYSTEM Be brief.\nPARAMETER num_predict 8\n" +
        "PARAMETER seed 1\nMESSAGE user hi\nMESSAGE assistant ho\n",
    );
    const run = (...args: string[]) => runOllama(program, tally.baseUrl, args);
    const succeeds = async (...args: string[]) => {
      const { code, out, err } = await run(...args);
      assertEquals(code, 0, `${args}: ${out}${err}`);
      return out;
    };
    await succeeds("create", "made", "-f", modelfile);
    assert(/^made:latest\s/m.test(await succeeds("list")));
    for (
      const part of ["--modelfile", "--system", "--parameters", "--template"]
    ) {
      const theirs = await succeeds("show", "made", part);
      const ours = await runTally(tally.baseUrl, ["show", "made", part]);
      assertEquals(theirs.trimEnd(), ours.out.trimEnd());
    }
    assert((await succeeds("show", "made")).includes("llama"));
    assert((await succeeds("run", "made", "Say hello.")).trim() !== "");
    assert(/^made:latest\s/m.test(await succeeds("ps")));
    await succeeds("stop", "made");
    await succeeds("cp", "made", "copied");
    await succeeds("rm", "made", "copied");
    const { code, err } = await run("show", "made");
    assertEquals([code, err.trim()], [
      1,
      "Error: model 'made:latest' not found",
    ]);
    await Deno.remove(folder, { recursive: true });
  },
});
