import { assertEquals } from "@std/assert";
import { parseModelName } from "../../src/models/name.ts";
import { ModelStore } from "../../src/models/store.ts";
import { makeCertificate } from "../testing/certificate.ts";
import {
  DockerRegistry,
  hasDockerRegistry,
} from "../testing/docker_registry.ts";
import { runTally } from "../testing/fake_ollama.ts";
import { ForwardProxy } from "../testing/forward_proxy.ts";
import { pushModel } from "../testing/pushed_model.ts";
import {
  digestOf,
  FakeRegistryServer,
  randomBytes,
} from "../testing/registry_fake.ts";
import { startServer } from "../testing/server.ts";

const ignore = !hasDockerRegistry();

Deno.test({
  name: "HTTP_PROXY leads to other hosts, and not to this machine",
  ignore,
  fn: async () => {
    await using registry = await DockerRegistry.start();
    const { path, digest } = await pushModel(registry, 5000);
    await using proxy = new ForwardProxy(registry.host);
    const env = { HTTP_PROXY: proxy.url };
    await using server = await startServer({ env });

    const far = `registry.test:5000/${path}`;
    const pulled = await runTally(server.baseUrl, ["pull", far, "--insecure"]);
    assertEquals(pulled.code, 0, pulled.err);
    assertEquals(
      proxy.requests[0],
      `GET http://registry.test:5000/v2/${path}/manifests/latest`,
    );
    const store = new ModelStore(server.folder);
    const { manifest } = await store.read(parseModelName(far));
    assertEquals(manifest.layers[0]?.digest, digest);

    proxy.requests.length = 0;
    const near = `${registry.host}/${path}`;
    const direct = await runTally(server.baseUrl, ["pull", near, "--insecure"]);
    assertEquals(direct.code, 0, direct.err);
    // The command, too, has the variable.
    const listed = await runTally(server.baseUrl, ["list"], "", env);
    assertEquals(listed.code, 0, listed.err);
    assertEquals(proxy.requests, []);
  },
});

Deno.test({
  name: "HTTPS_PROXY leads to Hugging Face, whose models have quants for tags",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const certificate = await makeCertificate(
      folder,
      "hf.co",
      "huggingface.co",
      "cdn.test",
    );
    const weights = randomBytes(5000);
    {
      await using hub = new FakeRegistryServer(certificate);
      hub.offer("unused", [weights]);
      const manifest = hub.manifests.get("/v2/library/unused/manifests/latest");
      const path = "/v2/someone/Tiny-GGUF/manifests/Q4_K_M";
      hub.manifests.set(path, manifest ?? "");
      const seen: string[] = [];
      hub.spoil = (request, { pathname, hostname }) => {
        seen.push(`${hostname} ${request.headers.get("authorization")}`);
        // Its names are two, its files elsewhere.
        if (hostname === "hf.co") {
          return redirect(`https://huggingface.co${pathname}`);
        }
        return hostname === "huggingface.co" && pathname.includes("/blobs/")
          ? redirect(`https://cdn.test${pathname}`)
          : undefined;
      };
      await using proxy = new ForwardProxy(hub.host);
      await using server = await startServer({
        env: {
          HTTPS_PROXY: proxy.url,
          DENO_CERT: certificate.certPath,
          DENO_NO_UPDATE_CHECK: "1",
        },
      });
      for (const host of ["hf.co", "huggingface.co"]) {
        const name = `${host}/someone/Tiny-GGUF:Q4_K_M`;
        const { code, err } = await runTally(server.baseUrl, ["pull", name]);
        assertEquals(code, 0, err);
        const store = new ModelStore(server.folder);
        assertEquals((await store.read(parseModelName(name))).text, manifest);
        const blob = await Deno.readFile(store.blobPath(digestOf(weights)));
        assertEquals(blob, weights);
      }
      assertEquals([...new Set(proxy.requests)].sort(), [
        "CONNECT cdn.test:443",
        "CONNECT hf.co:443",
        "CONNECT huggingface.co:443",
      ]);
      assertEquals([...new Set(seen)].sort(), [
        "cdn.test null",
        "hf.co null",
        "huggingface.co null",
      ]);
    }
    await Deno.remove(folder, { recursive: true });
  },
});

function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { Location: location } });
}
