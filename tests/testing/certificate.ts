/**
 * Self-signed certificates that live as long as a test.
 *
 * @module
 */

import { assert } from "@std/assert";

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** The file `cert` is in. */
  readonly certPath: string;
}

/** Makes a certificate for host names, in a folder. */
export async function makeCertificate(
  folder: string,
  ...hosts: readonly string[]
): Promise<Certificate> {
  const [config, certPath, keyPath] = ["config", "cert", "key"]
    .map((each) => `${folder}/${each}.pem`) as [string, string, string];
  await Deno.writeTextFile(
    config,
    [
      "[req]",
      "prompt = no",
      "distinguished_name = name",
      "x509_extensions = extensions",
      "[name]",
      `CN = ${hosts[0]}`,
      "[extensions]",
      "basicConstraints = critical, CA:FALSE",
      `subjectAltName = ${hosts.map((each) => `DNS:${each}`).join(", ")}`,
    ].join("\n"),
  );
  const { success, stderr } = await new Deno.Command("openssl", {
    args: ["req", "-x509", "-days", "2", "-nodes", "-config", config]
      .concat(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
      .concat(["-out", certPath, "-keyout", keyPath]),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const cert = await Deno.readTextFile(certPath);
  const key = await Deno.readTextFile(keyPath);
  return { cert, key, certPath };
}

/** The bytes between a PEM text's first and last line, as Base64. */
export function pemBody(pem: string): string {
  return pem.replace(/-----[^-]+-----|\s/g, "");
}
