/**
 * Real models for tests: named by a variable, or fetched by
 * `deno task models` into `.cache/models`.
 *
 * @module
 */

const FOLDER = new URL("../../.cache/models/", import.meta.url);

/** What tests ask for: the variable, and how the file's name begins. */
const MODELS = {
  smollm2: { variable: "TALLY_TEST_MODEL", prefix: "smollm2-135m" },
  embed: { variable: "TALLY_TEST_EMBED_MODEL", prefix: "all-minilm" },
  gemma: { variable: "TALLY_TEST_GEMMA_MODEL", prefix: "gemma3-270m" },
} as const;

function fileIn(folder: URL, prefix: string): string | undefined {
  try {
    const file = [...Deno.readDirSync(folder)]
      .find(({ name }) => name.startsWith(prefix) && name.endsWith(".gguf"));
    return file && decodeURIComponent(new URL(file.name, folder).pathname);
  } catch {
    return undefined;
  }
}

/** Path of a GGUF. Says so when there is none; the test is then ignored. */
export function findModel(name: keyof typeof MODELS): string | undefined {
  const { variable, prefix } = MODELS[name];
  const path = Deno.env.get(variable) ?? fileIn(FOLDER, prefix);
  if (path === undefined) {
    console.warn(
      `NO MODEL: tests of "${name}" are ignored. ` +
        `Run "deno task models" or set ${variable}.`,
    );
  }
  return path;
}
