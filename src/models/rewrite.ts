/**
 * Weights that are written again while a model is made: quantized, or the
 * parts of a split file as one.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { CreateProgress } from "./create_input.ts";
import type { PutBlob } from "./blobs.ts";
import type { GgufMetadata } from "./gguf.ts";
import { FILE_TYPES } from "./gguf_types.ts";
import { type TypeException, typeExceptions } from "./quantize_exceptions.ts";
import type { ModelStore } from "./store.ts";

/** What is to be written; paths are of whole files. */
export interface RewriteJob {
  /** The file, or its parts in order. */
  readonly inputs: readonly string[];
  readonly output: string;
  /** `enum llama_ftype`; the tensors stay as they are when absent. */
  readonly fileType?: number;
  /** Tensors that get types of their own. */
  readonly exceptions: readonly TypeException[];
  /** A folder that is there for this job only. */
  readonly workFolder: string;
}

/** Does the job; yields how much of it is done, from 0 to 1. */
export type Rewrite = (
  job: RewriteJob,
  signal: AbortSignal,
) => AsyncIterable<number>;

/** Who writes, and until when. */
export interface RewriteOptions {
  readonly rewrite?: Rewrite | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A whole file, or parts of one. */
export interface Weights {
  /** Digests of the parts in order. */
  readonly digests: readonly string[];
  readonly metadata: GgufMetadata;
  /** Of all parts, in bytes. */
  readonly size: number;
}

/** What Ollama quantizes to, by `enum llama_ftype`. */
const WANTED_TYPES: Readonly<Record<string, number>> = {
  F32: 0,
  F16: 1,
  Q8_0: 7,
  Q4_K_S: 14,
  Q4_K_M: 15,
  Q4_K: 15,
  BF16: 32,
};

/** What is not quantized yet. */
const FLOATS = ["F32", "F16", "BF16"];

/** The digest Ollama gives this line of progress, which is none. */
const NO_DIGEST = "0000000000000000000";

/** A type to quantize to. */
export interface WantedType {
  readonly name: string;
  readonly fileType: number;
}

/** The type of a name, "" for none. Throws in Ollama's words. */
export function wantedType(name: string): WantedType | undefined {
  const upper = name.toUpperCase();
  const fileType = Object.hasOwn(WANTED_TYPES, upper)
    ? WANTED_TYPES[upper]
    : undefined;
  if (fileType !== undefined || name === "") {
    return fileType === undefined ? undefined : { name: upper, fileType };
  }
  throw new ServerError(
    "bad_request",
    `unsupported quantization type ${upper} - supported types are ` +
      "F32, F16, Q4_K_S, Q4_K_M, Q8_0",
  );
}

/** A file that does not say its type is known by its tensors. */
function isQuantized({ quantization, tensors }: GgufMetadata): boolean {
  return quantization === "unknown"
    ? tensors.some(({ type }) => !FLOATS.includes(type))
    : !FLOATS.includes(quantization);
}

/** Whether there is anything to do. Throws for what cannot be quantized. */
export function needsRewrite(
  { digests, metadata }: Weights,
  wanted: WantedType | undefined,
): boolean {
  if (wanted !== undefined && isQuantized(metadata)) {
    throw new ServerError(
      "bad_request",
      "quantization is only supported for F16, BF16 and F32 models",
    );
  }
  return digests.length > 1 ||
    (wanted !== undefined &&
      FILE_TYPES[wanted.fileType] !== metadata.quantization);
}

/** Writes the weights and tells how it goes; the new blob. */
export async function* rewriteWeights(
  store: ModelStore,
  weights: Weights,
  wanted: WantedType | undefined,
  { rewrite, signal = new AbortController().signal }: RewriteOptions,
): AsyncGenerator<CreateProgress, PutBlob> {
  const { digests, metadata, size } = weights;
  if (rewrite === undefined) {
    throw new ServerError("internal", "nobody is there to rewrite files");
  }
  const status = wanted === undefined
    ? `merging ${digests.length} parts`
    : `quantizing ${metadata.quantization} model to ${wanted.name}`;
  const workFolder = await store.unfinishedPath();
  await Deno.mkdir(workFolder);
  try {
    const output = `${workFolder}/rewritten.gguf`;
    const progress = rewrite({
      inputs: digests.map((digest) => store.blobPath(digest)),
      output,
      workFolder,
      exceptions: typeExceptions(metadata.architecture, wanted?.name),
      ...(wanted === undefined ? {} : { fileType: wanted.fileType }),
    }, signal);
    for await (const share of progress) {
      const completed = Math.floor(share * size);
      yield { status, digest: NO_DIGEST, total: size, completed };
    }
    yield { status: "verifying conversion" };
    return await store.adoptBlob(output);
  } finally {
    await Deno.remove(workFolder, { recursive: true });
  }
}
