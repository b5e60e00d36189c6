/**
 * Gives out access tokens to those who sign with an ed25519 key, as Ollama's
 * registry does, in the form that `docker-registry` reads.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, createPublicKey, verify } from "node:crypto";
import { type Certificate, pemBody } from "./certificate.ts";

/** Name by which tokens are for this registry, and from this server. */
export const SERVICE = "a test's registry";
export const ISSUER = "a test's token server";

/** Base64 without padding, as JSON Web Tokens use it. */
function encoded(content: string | Uint8Array): string {
  return Buffer.from(content as Uint8Array).toString("base64url");
}

/** The ed25519 key in an SSH public key's blob. */
function publicKeyOf(blob: string) {
  const bytes = Buffer.from(blob, "base64").subarray(-32);
  return createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: bytes.toString("base64url") },
    format: "jwk",
  });
}

/** `repository:a/b:pull,push` as a claim. */
function accessOf(scope: string) {
  const [type, name, actions = ""] = scope.split(":");
  return { type, name, actions: actions.split(",") };
}

function sortActions(scope: string): string {
  const { type, name, actions } = accessOf(scope);
  return `${type}:${name}:${actions.sort().join(",")}`;
}

/** Answers requests for tokens. */
export class TokenServer {
  /** SSH public keys that have asked, Base64. */
  readonly askers: string[] = [];
  /** Scopes that were granted, their actions sorted: they come in any order. */
  readonly scopes: string[] = [];
  /** Seconds a token is good for. */
  lifetime = 60;
  readonly #certificate: Certificate;

  constructor(certificate: Certificate) {
    this.#certificate = certificate;
  }

  /** A token, or 401 where the signature is not right. */
  async answer(request: Request): Promise<Response> {
    const [asker = "", signature = ""] =
      request.headers.get("authorization")?.split(":") ?? [];
    const empty = btoa(createHash("sha256").digest("hex"));
    const signed = verify(
      null,
      Buffer.from(`GET,${request.url},${empty}`),
      publicKeyOf(asker),
      Buffer.from(signature, "base64"),
    );
    if (!signed) {
      return new Response("bad signature", { status: 401 });
    }
    this.askers.push(asker);
    const scopes = new URL(request.url).searchParams.getAll("scope");
    this.scopes.push(...scopes.map(sortActions));
    return Response.json({ token: await this.#token(scopes) });
  }

  async #token(scopes: readonly string[]): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const header = {
      typ: "JWT",
      alg: "ES256",
      x5c: [pemBody(this.#certificate.cert)],
    };
    const claims = {
      iss: ISSUER,
      aud: SERVICE,
      sub: "",
      jti: crypto.randomUUID(),
      nbf: now - 60,
      iat: now,
      exp: now + this.lifetime,
      access: scopes.map(accessOf),
    };
    const text = [header, claims].map((each) => encoded(JSON.stringify(each)))
      .join(".");
    const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const key = await crypto.subtle.importKey(
      "pkcs8",
      Buffer.from(pemBody(this.#certificate.key), "base64"),
      algorithm,
      false,
      ["sign"],
    );
    const bytes = new TextEncoder().encode(text);
    const signature = await crypto.subtle.sign(algorithm, key, bytes);
    return `${text}.${encoded(new Uint8Array(signature))}`;
  }
}
