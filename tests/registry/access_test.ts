import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Certificate, makeCertificate } from "../testing/certificate.ts";
import {
  DockerRegistry,
  hasDockerRegistry,
} from "../testing/docker_registry.ts";
import { storeModel } from "../testing/pushed_model.ts";
import { digestOf } from "../testing/registry_fake.ts";
import { RegistryGateway } from "../testing/registry_gateway.ts";
import { TransferBench } from "../testing/registry_transfers.ts";
import { ISSUER, SERVICE, TokenServer } from "../testing/token_server.ts";

const ignore = !hasDockerRegistry();

/** A registry that wants tokens, and the server that gives them. */
async function withGuardedRegistry(
  test: (
    gateway: RegistryGateway,
    tokens: TokenServer,
    benches: { readonly from: TransferBench; readonly to: TransferBench },
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const certificate: Certificate = await makeCertificate(folder, "tokens.test");
  const tokens = new TokenServer(certificate);
  {
    // As at Ollama, tokens are had where the models are.
    await using gateway = new RegistryGateway();
    await using registry = await DockerRegistry.start({
      token: {
        realm: `http://${gateway.host}/token`,
        service: SERVICE,
        issuer: ISSUER,
        rootcertbundle: certificate.certPath,
      },
    });
    gateway.leadTo(registry.host);
    gateway.spoil = (request, { pathname }) =>
      pathname === "/token" ? tokens.answer(request) : undefined;
    await using from = await TransferBench.make();
    await using to = await TransferBench.make();
    await test(gateway, tokens, { from, to });
  }
  await Deno.remove(folder, { recursive: true });
}

Deno.test({
  name: "a registry that asks who is there is answered with the ed25519 key",
  ignore,
  fn: () =>
    withGuardedRegistry(async (gateway, tokens, { from, to }) => {
      const name = `${gateway.host}/someone/secret`;
      await storeModel(from, name, 5000);
      const pushed = await from.push(name);
      assertEquals(pushed.at(-1), { status: "success" });
      assertEquals([...new Set(tokens.scopes)], [
        "repository:someone/secret:pull",
        "repository:someone/secret:pull,push",
      ]);
      const pulled = await to.pull(name);
      assertEquals(pulled.at(-1), { status: "success" });
      assertEquals(await to.blobFiles(), await from.blobFiles());
      const [type, key] =
        (await Deno.readTextFile(`${from.folder}/id_ed25519.pub`)).split(" ");
      assertEquals([type, key?.trim()], ["ssh-ed25519", tokens.askers[0]]);
      // The other one has a key of its own.
      assertEquals(new Set(tokens.askers).size, 2);
    }),
});

Deno.test({
  name: "a token that has run out is replaced in the middle of a transfer",
  ignore,
  fn: () =>
    withGuardedRegistry(async (gateway, tokens, { from, to }) => {
      const name = `${gateway.host}/someone/secret`;
      const weights = await storeModel(from, name, 5000);
      await from.push(name);
      // Good for a second or two: the registry allows clocks to be a minute late.
      tokens.lifetime = -59;
      tokens.askers.length = 0;
      await to.store.putBlob(weights);
      const signal = new AbortController().signal;
      const pulling = to.transfers.pull({
        model: name,
        insecure: true,
        signal,
      });
      for await (const { digest } of pulling) {
        if (digest === digestOf(weights)) { // It is here: the manifest is, too.
          await new Promise((resolve) => setTimeout(resolve, 2100));
        }
      }
      assertEquals(await to.blobFiles(), await from.blobFiles());
      assertEquals(tokens.askers.length, 2);
    }),
});

Deno.test({
  name:
    "who gets no access is told so, and no other host is sent the signature",
  ignore,
  fn: () =>
    withGuardedRegistry(async (gateway, tokens, { from }) => {
      const name = `${gateway.host}/someone/secret`;
      await storeModel(from, name, 5000);
      const { spoil } = gateway;
      gateway.spoil = async (request, url, answer) => {
        const answered = await (await spoil(request, url, answer) ?? answer());
        const challenge = answered.headers.get("www-authenticate");
        return challenge === null ? answered : new Response(null, {
          status: 401,
          headers: {
            "WWW-Authenticate": challenge.replace(gateway.host, "127.0.0.1:9"),
          },
        });
      };
      await assertRejects(
        () => from.push(name),
        Error,
        `realm host "127.0.0.1:9" does not match original host "${gateway.host}"`,
      );
      assertEquals(tokens.askers, []);

      gateway.spoil = (_request, { pathname }) =>
        pathname === "/token"
          ? Response.json({ token: "worth nothing" })
          : undefined;
      const error = await assertRejects(() => from.push(name), Error);
      assert(error.message.includes("access denied"), error.message);
    }),
});
