import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  createKey,
  readKeys,
  revokeKey,
} from "../../../../src/usage/keys/key_file.ts";
import { Keyring } from "../../../../src/usage/keys/keyring.ts";

const NO_LIMITS = { admin: false, tokens: {}, requests: {} };

async function withFile(run: (path: string) => void | Promise<void>) {
  const folder = await Deno.makeTempDir();
  await run(`${folder}/new/keys.json`);
  await Deno.remove(folder, { recursive: true });
}

Deno.test("createKey() keeps a hash and not the key", () =>
  withFile((path) => {
    const secret = createKey(path, {
      ...NO_LIMITS,
      name: "team",
      models: ["a"],
      tokens: { day: 5 },
    });
    assert(/^tally_[\w-]{43}$/.test(secret));
    assert(!Deno.readTextFileSync(path).includes(secret));
    assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    const [key] = readKeys(path);
    assertEquals([key?.name, key?.models, key?.tokens], ["team", ["a"], {
      day: 5,
    }]);
    assertEquals(new Keyring(path).find(secret)?.name, "team");
  }));

Deno.test("createKey() refuses names and limits that are none", () =>
  withFile((path) => {
    createKey(path, { ...NO_LIMITS, name: "team" });
    for (
      const [wanted, message] of [
        [{ name: "team" }, "there is a key named team"],
        [{ name: "anonymous" }, "is the name of those without a key"],
        [{ name: "a b" }, "must be 1 to 64 letters"],
        [{ name: "x", tokens: { day: 0 } }, "tokens.day must be a whole"],
        [{ name: "x", requests: { minute: NaN } }, "requests.minute must be"],
      ] as const
    ) {
      assertThrows(
        () => createKey(path, { ...NO_LIMITS, ...wanted }),
        RangeError,
        message,
      );
    }
    assertEquals(readKeys(path).length, 1);
  }));

Deno.test("readKeys() says which file is none", () =>
  withFile((path) => {
    assertEquals(readKeys(path), []);
    createKey(path, { ...NO_LIMITS, name: "team" });
    Deno.writeTextFileSync(path, '{"keys":[{"name":"x"}]}');
    assertThrows(() => readKeys(path), SyntaxError, path);
    assertThrows(() => new Keyring(path), SyntaxError, path);
  }));

Deno.test("Keyring notices new and revoked keys, and stays closed without any", () =>
  withFile(async (path) => {
    const keyring = new Keyring(path);
    const noticed = () => new Promise((resolve) => setTimeout(resolve, 600));
    assertEquals(keyring.required, false);
    const secret = createKey(path, { ...NO_LIMITS, name: "team" });
    await noticed();
    assertEquals(keyring.required, true);
    assertEquals(keyring.find(secret)?.name, "team");
    assertEquals(keyring.find(`${secret}x`), undefined);
    revokeKey(path, "team");
    await noticed();
    assertEquals(keyring.find(secret), undefined);
    assertEquals(keyring.required, true);
    assertThrows(() => revokeKey(path, "nobody"), RangeError, "no key named");
  }));
