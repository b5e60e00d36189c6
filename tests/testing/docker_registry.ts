/**
 * A real registry for a test: Debian's `docker-registry`, on a port and in a
 * folder of its own.
 *
 * @module
 */

import { findProgram } from "./programs.ts";

const PROGRAM = "docker-registry";

/** Longest start there should be, milliseconds. */
const START_MS = 20_000;

/** Whether the program is on this machine; tells loudly when not. */
export function hasDockerRegistry(): boolean {
  const found = findProgram(PROGRAM) !== undefined;
  if (!found) {
    console.warn(
      "NO REGISTRY: its tests are ignored. Run: apt install docker-registry",
    );
  }
  return found;
}

/** Who may use a registry: holders of tokens that this authority signed. */
export interface TokenAuth {
  /** Where tokens are to be had. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** File of the certificate whose key signs tokens. */
  readonly rootcertbundle: string;
}

/** Options of {@linkcode DockerRegistry.start}. */
export interface DockerRegistryOptions {
  /** Who may use it; everybody when absent. */
  readonly token?: TokenAuth;
  /**
   * Whether it tells where uploads go on without its host, so that a gateway
   * before it sees every request. Ollama follows no such address.
   */
  readonly relativeUrls?: boolean;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A running registry. */
export class DockerRegistry implements AsyncDisposable {
  /** `127.0.0.1:<port>`, as in a model's name. */
  readonly host: string;
  readonly #folder: string;
  readonly #child: Deno.ChildProcess;

  private constructor(host: string, folder: string, child: Deno.ChildProcess) {
    this.host = host;
    this.#folder = folder;
    this.#child = child;
  }

  /** Starts one and waits until it answers. */
  static async start(
    { token, relativeUrls = true }: DockerRegistryOptions = {},
  ): Promise<DockerRegistry> {
    const folder = await Deno.makeTempDir();
    const host = `127.0.0.1:${freePort()}`;
    const configFile = `${folder}/config.yml`;
    // JSON is YAML, too.
    await Deno.writeTextFile(
      configFile,
      JSON.stringify({
        version: "0.1",
        log: { level: "error", accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: `${folder}/data` } },
        http: { addr: host, relativeurls: relativeUrls },
        ...(token === undefined ? {} : { auth: { token } }),
      }),
    );
    const child = new Deno.Command(PROGRAM, {
      args: ["serve", configFile],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const registry = new DockerRegistry(host, folder, child);
    await registry.#untilListening();
    return registry;
  }

  /** The bytes of a blob as the registry has them. */
  blob(digest: string): Promise<Uint8Array> {
    const hex = digest.slice("sha256:".length);
    const path = `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}`;
    return Deno.readFile(`${this.#folder}/data/${path}/data`);
  }

  async [Symbol.asyncDispose]() {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #untilListening(): Promise<void> {
    const deadline = Date.now() + START_MS;
    for (;;) {
      try {
        const response = await fetch(`http://${this.host}/v2/`);
        await response.body?.cancel();
        return;
      } catch (error) {
        if (Date.now() > deadline) {
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}
