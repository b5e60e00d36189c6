/**
 * What a GGUF file says about itself. Only the header is read, and the
 * elements of long lists, such as the vocabulary, are skipped: a few
 * milliseconds for any file.
 *
 * @module
 */

import { BRIEF, GgufError, GgufReader, WHOLE } from "./gguf_reader.ts";
import { FILE_TYPES, TENSOR_TYPES } from "./gguf_types.ts";

/** Longest list there is; the largest vocabularies have a tenth of it. */
const MOST_ELEMENTS = 1 << 24;

/** What a value or a tensor takes in memory besides its texts, bytes. */
const VALUE_BYTES = 64;

/** Lists of lists deeper than this are not real. */
const DEEPEST_LIST = 4;

/** Where tensor data begins unless the header says otherwise, bytes. */
const DEFAULT_ALIGNMENT = 32;

/** A value of the header; `null` stands for a list too long to keep. */
export type GgufValue = string | number | boolean | GgufValue[] | null;

/** A tensor's place in the file. */
export interface GgufTensor {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
}

/** What the server needs to know of a file. */
export interface GgufMetadata {
  readonly architecture: string;
  readonly values: Readonly<Record<string, GgufValue>>;
  readonly tensors: readonly GgufTensor[];
  /** Elements of all tensors. */
  readonly parameterCount: number;
  /** Bytes of all tensors. */
  readonly tensorBytes: number;
  /** `Q4_K_M` and the like; "unknown" when the file does not say. */
  readonly quantization: string;
  /** Tokens it was trained to see; 0 when the file does not say. */
  readonly contextLength: number;
  readonly embeddingLength: number;
  readonly blockCount: number;
  /** Numbers the cache keeps for one token, keys and values together. */
  readonly cacheValuesPerToken: number;
  /** How vectors of a text are pooled; absent for models that generate. */
  readonly poolingType?: number;
  /** Jinja. */
  readonly chatTemplate?: string;
  /** Which part of a split file it is. */
  readonly part?: GgufPart;
}

/** A file's place among those it was split into. */
export interface GgufPart {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** How each type of value is read; the key is its number in the file. */
const SCALARS: Readonly<
  Record<number, readonly [(reader: GgufReader) => GgufValue, number]>
> = {
  0: [(reader) => reader.u8(), 1],
  1: [(reader) => reader.i8(), 1],
  2: [(reader) => reader.u16(), 2],
  3: [(reader) => reader.i16(), 2],
  4: [(reader) => reader.u32(), 4],
  5: [(reader) => reader.i32(), 4],
  6: [(reader) => reader.f32(), 4],
  7: [(reader) => reader.u8() !== 0, 1],
  10: [(reader) => reader.u64(), 8],
  11: [(reader) => reader.i64(), 8],
  12: [(reader) => reader.f64(), 8],
};

const TEXT = 8;
const LIST = 9;

function readValue(reader: GgufReader, type: number, depth = 0): GgufValue {
  reader.keep(VALUE_BYTES);
  if (type === TEXT) {
    return reader.text();
  }
  if (type === LIST) {
    return readList(reader, depth);
  }
  const scalar = SCALARS[type];
  if (scalar === undefined) {
    throw new GgufError(`a value has the unknown type ${type}`);
  }
  return scalar[0](reader);
}

function readList(reader: GgufReader, depth: number): GgufValue {
  if (depth >= DEEPEST_LIST) {
    throw new GgufError("lists are nested too deeply");
  }
  const type = reader.u32();
  const bytesEach = SCALARS[type]?.[1] ?? (type === LIST ? 12 : 8);
  const count = reader.count(bytesEach);
  if (count > MOST_ELEMENTS) {
    throw new GgufError(`a list of ${count} elements is too long`);
  }
  if (count <= reader.kept.elements) {
    return Array.from(
      { length: count },
      () => readValue(reader, type, depth + 1),
    );
  }
  if (type === TEXT) {
    for (let i = 0; i < count; i++) {
      reader.skipText();
    }
  } else if (SCALARS[type] !== undefined) {
    reader.skip(count * bytesEach);
  } else {
    throw new GgufError(`a list has the unknown type ${type}`);
  }
  return null;
}

interface TensorEntry extends GgufTensor {
  readonly elements: number;
  readonly bytes: number;
  readonly end: number;
}

function readTensor(reader: GgufReader): TensorEntry {
  reader.keep(VALUE_BYTES);
  const name = reader.text();
  const dimensions = reader.u32();
  if (dimensions > 8) {
    throw new GgufError(`tensor "${name}" has ${dimensions} dimensions`);
  }
  const shape = Array.from({ length: dimensions }, () => reader.u64());
  const typeNumber = reader.u32();
  const offset = reader.u64();
  const [type, blockSize, blockBytes] = TENSOR_TYPES[typeNumber] ??
    [`type ${typeNumber}`, 1, 0];
  const elements = shape.reduce((product, each) => product * each, 1);
  const bytes = elements / blockSize * blockBytes;
  return { name, type, shape, elements, bytes, end: offset + bytes };
}

function numberOf(value: GgufValue | undefined): number {
  return typeof value === "number" ? value : 0;
}

/** The largest of a value that may be one number or one a layer. */
function largest(value: GgufValue | undefined): number {
  return Math.max(0, ...[value].flat().map((each) => numberOf(each)));
}

function cacheValuesPerToken(
  values: Readonly<Record<string, GgufValue>>,
  architecture: string,
): number {
  const value = (key: string) => values[`${architecture}.${key}`];
  const heads = largest(value("attention.head_count"));
  const kept = largest(value("attention.head_count_kv")) || heads;
  const width = heads === 0 ? 0 : largest(value("embedding_length")) / heads;
  const keys = numberOf(value("attention.key_length")) || width;
  const data = numberOf(value("attention.value_length")) || width;
  return numberOf(value("block_count")) * kept * (keys + data);
}

/** Which part it is, of a file that was split into several. */
function partOf(
  values: Readonly<Record<string, GgufValue>>,
): GgufPart | undefined {
  const count = numberOf(values["split.count"]);
  return count > 1 ? { index: numberOf(values["split.no"]), count } : undefined;
}

function describe(
  values: Readonly<Record<string, GgufValue>>,
  tensors: readonly TensorEntry[],
): GgufMetadata {
  const part = partOf(values);
  // Only the first part of a split file says what it is.
  const architecture = values["general.architecture"] ??
    (part !== undefined && part.index > 0 ? "" : undefined);
  if (typeof architecture !== "string") {
    throw new GgufError("general.architecture is missing");
  }
  const value = (key: string) => values[`${architecture}.${key}`];
  const fileType = values["general.file_type"];
  const pooling = value("pooling_type");
  const template = values["tokenizer.chat_template"];
  return {
    architecture,
    values,
    tensors: tensors.map(({ name, type, shape }) => ({ name, type, shape })),
    parameterCount: tensors.reduce((sum, each) => sum + each.elements, 0),
    tensorBytes: tensors.reduce((sum, each) => sum + each.bytes, 0),
    quantization: FILE_TYPES[numberOf(fileType ?? -1)] ?? "unknown",
    contextLength: numberOf(value("context_length")),
    embeddingLength: largest(value("embedding_length")),
    blockCount: numberOf(value("block_count")),
    cacheValuesPerToken: cacheValuesPerToken(values, architecture),
    ...(typeof pooling === "number" ? { poolingType: pooling } : {}),
    ...(typeof template === "string" ? { chatTemplate: template } : {}),
    ...(part === undefined ? {} : { part }),
  };
}

function read(reader: GgufReader, size: number): GgufMetadata {
  if (size < 24 || reader.u32() !== 0x46554747) {
    throw new GgufError("it does not begin with GGUF");
  }
  const version = reader.u32();
  if (version !== 2 && version !== 3) {
    throw new GgufError(`version ${version} is not known`);
  }
  const tensorCount = reader.count(24);
  const valueCount = reader.count(12);
  const entries: [string, GgufValue][] = [];
  for (let i = 0; i < valueCount; i++) {
    const key = reader.text();
    entries.push([key, readValue(reader, reader.u32())]);
  }
  // Unlike an assignment, this makes a plain field of "__proto__".
  const values = Object.fromEntries(entries);
  const tensors: TensorEntry[] = [];
  for (let i = 0; i < tensorCount; i++) {
    tensors.push(readTensor(reader));
  }
  checkLength(reader.position, size, values, tensors);
  return describe(values, tensors);
}

function checkLength(
  headerEnd: number,
  size: number,
  values: Readonly<Record<string, GgufValue>>,
  tensors: readonly TensorEntry[],
): void {
  const alignment = numberOf(values["general.alignment"] ?? 0) ||
    DEFAULT_ALIGNMENT;
  const dataStart = Math.ceil(headerEnd / alignment) * alignment;
  const end = tensors.reduce((most, each) => Math.max(most, each.end), 0);
  if (dataStart + end > size) {
    throw new GgufError(
      `its tensors need ${dataStart + end} bytes, it has ${size}`,
    );
  }
}

/**
 * Reads a file's header, long lists only if they are asked for. Throws a
 * {@linkcode GgufError} for what is not a whole GGUF file, and `Deno.errors`
 * when it cannot be opened.
 */
export async function readGguf(
  path: string,
  { longLists = false } = {},
): Promise<GgufMetadata> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const kept = longLists ? WHOLE : BRIEF;
  return read(new GgufReader(file, size, kept), size);
}
