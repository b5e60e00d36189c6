/**
 * Access tokens: a registry that answers 401 says where to ask for one.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import { RegistryError } from "./registry_error.ts";
import { signWithKey } from "./signing_key.ts";

/** Where a token is to be had, and for what. */
export interface Challenge {
  readonly realm: string;
  readonly service: string;
  readonly scope: string;
}

/** Reads a `WWW-Authenticate: Bearer …` header. */
export function parseChallenge(header: string): Challenge | undefined {
  if (!/^Bearer\s/i.test(header)) {
    return undefined;
  }
  const fields: Record<string, string> = {};
  for (
    const [, key, quoted, bare] of header.matchAll(
      /([a-z_]+)=(?:"([^"]*)"|([^",\s]+))/gi,
    )
  ) {
    fields[key?.toLowerCase() ?? ""] = quoted ?? bare ?? "";
  }
  const { realm, service = "", scope = "" } = fields;
  return realm === undefined ? undefined : { realm, service, scope };
}

/** A realm that may see a signature: no other host, and no plainer channel. */
function trustedRealm(realm: string, registry: URL): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (
    url?.host !== registry.host ||
    (url.protocol !== "https:" && url.protocol !== registry.protocol)
  ) {
    throw new RegistryError(
      "final",
      `realm host "${url?.host ?? realm}" does not match original host ` +
        `"${registry.host}"`,
    );
  }
  return url;
}

/** The address of a token request. */
function tokenUrl({ realm, service, scope }: Challenge, registry: URL): URL {
  const url = trustedRealm(realm, registry);
  url.searchParams.append("service", service);
  for (const each of scope.split(" ")) {
    url.searchParams.append("scope", each);
  }
  url.searchParams.append("ts", String(Math.floor(Date.now() / 1000)));
  url.searchParams.append("nonce", randomBytes(16).toString("base64url"));
  url.searchParams.sort();
  return url;
}

/** What is signed: method, address and the hash of the empty body. */
function signedText(url: URL): string {
  const hash = createHash("sha256").digest("hex");
  return `GET,${url},${btoa(hash)}`;
}

/**
 * A signed request for a token. Throws when it would not go to the registry
 * that has asked for it.
 */
export async function tokenRequest(
  challenge: Challenge,
  registry: URL,
  keyPath: string,
): Promise<{ readonly url: URL; readonly authorization: string }> {
  const url = tokenUrl(challenge, registry);
  return { url, authorization: await signWithKey(keyPath, signedText(url)) };
}

/** The token in the answer to a {@linkcode tokenRequest}. */
export function readToken(text: string): string {
  try {
    const { token, access_token: other } = JSON.parse(text);
    if (typeof (token ?? other) === "string") {
      return token ?? other;
    }
  } catch {
    // Told below.
  }
  throw new RegistryError("final", "the registry gave no access token");
}
