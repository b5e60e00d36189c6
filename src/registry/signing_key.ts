/**
 * The ed25519 key that tells registries who is asking: Ollama's own file, in
 * OpenSSH's format (PROTOCOL.key in OpenSSH's sources), unencrypted.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { dirname } from "node:path";
import { ServerError } from "../errors.ts";

const KEY_TYPE = "ssh-ed25519";
const MAGIC = "openssh-key-v1\0";
const BEGIN = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END = "-----END OPENSSH PRIVATE KEY-----";

/** What stands before the seed in a PKCS #8 ed25519 key (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** A string as SSH writes it: length, then bytes. */
function sshString(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content as Uint8Array);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Takes SSH strings off a buffer, one after the other. */
function sshReader(bytes: Buffer): { skip(n: number): void; next(): Buffer } {
  let at = 0;
  return {
    skip: (n) => void (at += n),
    next: () => {
      const end = at + 4 + bytes.readUInt32BE(at);
      if (end > bytes.length) {
        throw new RangeError("a length leads beyond the end");
      }
      const content = bytes.subarray(at + 4, end);
      at = end;
      return content;
    },
  };
}

/** The seed in an OpenSSH private key. Throws for other kinds of key. */
function readSeed(text: string): Buffer {
  const body = text.replace(BEGIN, "").replace(END, "").replace(/\s/g, "");
  const bytes = Buffer.from(body, "base64");
  const fields = sshReader(bytes);
  fields.skip(MAGIC.length);
  const cipher = fields.next().toString();
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new TypeError("it is not in OpenSSH's format");
  }
  if (cipher !== "none") {
    throw new TypeError("it is encrypted");
  }
  fields.next(); // Key derivation.
  fields.next(); // Its options.
  fields.skip(4); // Number of keys.
  fields.next(); // Public key.
  const secret = sshReader(fields.next());
  secret.skip(8); // Check numbers.
  if (secret.next().toString() !== KEY_TYPE) {
    throw new TypeError(`it is not of type ${KEY_TYPE}`);
  }
  secret.next(); // Public key.
  return secret.next().subarray(0, 32);
}

/** The file of a seed. */
function keyText(seed: Buffer, publicBytes: Buffer): string {
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    sshString(KEY_TYPE),
    sshString(publicBytes),
    sshString(Buffer.concat([seed, publicBytes])),
    sshString(""),
  ]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7])
    .subarray(0, (8 - secret.length % 8) % 8);
  const one = Buffer.from([0, 0, 0, 1]);
  const bytes = Buffer.concat([
    Buffer.from(MAGIC),
    sshString("none"),
    sshString("none"),
    sshString(""),
    one,
    sshString(publicBlob(publicBytes)),
    sshString(Buffer.concat([secret, padding])),
  ]);
  const lines = bytes.toString("base64").match(/.{1,70}/g) ?? [];
  return [BEGIN, ...lines, END, ""].join("\n");
}

function publicBlob(publicBytes: Buffer): Buffer {
  return Buffer.concat([sshString(KEY_TYPE), sshString(publicBytes)]);
}

function privateKeyOf(seed: Buffer): KeyObject {
  const key = Buffer.concat([PKCS8_PREFIX, seed]);
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

function publicBytesOf(key: KeyObject): Buffer {
  const { x } = createPublicKey(key).export({ format: "jwk" });
  return Buffer.from(x ?? "", "base64url");
}

async function createKeyFile(path: string): Promise<string> {
  const seed = randomBytes(32);
  const publicBytes = publicBytesOf(privateKeyOf(seed));
  const text = keyText(seed, publicBytes);
  await Deno.mkdir(dirname(path), { recursive: true });
  try {
    await Deno.writeTextFile(path, text, { createNew: true, mode: 0o600 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      return await Deno.readTextFile(path); // Another process was quicker.
    }
    throw error;
  }
  const publicText = publicBlob(publicBytes).toString("base64");
  await Deno.writeTextFile(`${path}.pub`, `${KEY_TYPE} ${publicText}\n`);
  return text;
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return await createKeyFile(path);
    }
    throw error;
  }
}

/** Where Ollama keeps its key. */
export function defaultKeyPath(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? ".";
  return `${home}/.ollama/id_ed25519`;
}

/**
 * Signs with the key of a file, which is made when it is missing. The answer
 * is `<public key>:<signature>`, both Base64, as Ollama's registry expects it.
 */
export async function signWithKey(path: string, text: string): Promise<string> {
  try {
    const key = privateKeyOf(readSeed(await readKeyFile(path)));
    const publicText = publicBlob(publicBytesOf(key)).toString("base64");
    const signature = sign(null, Buffer.from(text), key).toString("base64");
    return `${publicText}:${signature}`;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot sign with ${path}: ${reason}`;
    throw new ServerError("internal", message, { cause });
  }
}
