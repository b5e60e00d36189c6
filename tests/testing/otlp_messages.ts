/**
 * Reads OTLP's Protocol Buffers
 * (https://github.com/open-telemetry/opentelemetry-proto) as far as tests look
 * into them.
 *
 * @module
 */

type Kind = "text" | "hex" | "integer" | "fixed" | "double" | "doubles";

/** Number of a field: its name and what it holds; `*` is a list of messages. */
type Message = Readonly<Record<number, readonly [string, Kind | string]>>;

const MESSAGES: Readonly<Record<string, Message>> = {
  Request: { 1: ["resources", "*Resources"] },
  Resources: { 1: ["resource", "Resource"], 2: ["scopes", "*Scopes"] },
  Resource: { 1: ["attributes", "*KeyValue"] },
  // Spans and metrics have the same number here and few others in common.
  Scopes: { 2: ["items", "*Item"] },
  KeyValue: { 1: ["key", "text"], 2: ["value", "AnyValue"] },
  AnyValue: {
    1: ["value", "text"],
    3: ["value", "integer"],
    4: ["value", "double"],
    5: ["list", "ArrayValue"],
  },
  ArrayValue: { 1: ["values", "*AnyValue"] },
  Span: {
    1: ["traceId", "hex"],
    2: ["spanId", "hex"],
    4: ["parentSpanId", "hex"],
    5: ["name", "text"],
    6: ["kind", "integer"],
    7: ["start", "fixed"],
    8: ["end", "fixed"],
    9: ["attributes", "*KeyValue"],
    15: ["status", "Status"],
  },
  Status: { 2: ["message", "text"], 3: ["code", "integer"] },
  Metric: { 1: ["name", "text"], 3: ["unit", "text"], 9: ["data", "Data"] },
  Data: { 1: ["points", "*Point"] },
  Point: {
    4: ["count", "fixed"],
    5: ["sum", "double"],
    7: ["bounds", "doubles"],
    9: ["attributes", "*KeyValue"],
  },
};

/** A message as it was read. */
export type Fields = Record<string, unknown>;

class Wire {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1;; factor *= 128) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) {
        return value;
      }
    }
  }

  /** The value of a field, by its wire type. */
  value(type: number): number | Uint8Array {
    if (type === 0) {
      return this.varint();
    }
    const length = type === 1 ? 8 : type === 5 ? 4 : this.varint();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function readValue(kind: string, value: number | Uint8Array, item: string) {
  if (typeof value === "number") {
    return value;
  }
  switch (kind) {
    case "text":
      return new TextDecoder().decode(value);
    case "hex":
      return [...value].map((byte) => byte.toString(16).padStart(2, "0"))
        .join("");
    case "fixed":
      return Number(viewOf(value).getBigUint64(0, true));
    case "double":
      return viewOf(value).getFloat64(0, true);
    case "doubles":
      return Array.from(
        { length: value.length / 8 },
        (_, index) => viewOf(value).getFloat64(index * 8, true),
      );
    default:
      return readMessage(kind, value, item);
  }
}

function readMessage(name: string, bytes: Uint8Array, item: string): Fields {
  const wire = new Wire(bytes);
  const fields: Fields = {};
  while (!wire.done) {
    const tag = wire.varint();
    const value = wire.value(tag & 7);
    const [field, kind] = MESSAGES[name === "Item" ? item : name]
      ?.[tag >> 3] ?? [];
    if (field === undefined || kind === undefined) {
      continue;
    }
    const read = readValue(kind.replace("*", ""), value, item);
    fields[field] = kind.startsWith("*")
      ? [...(fields[field] as unknown[] ?? []), read]
      : read;
  }
  return fields;
}

/** Reads a request's body; `item` is what it brings. */
export function readOtlp(bytes: Uint8Array, item: "Span" | "Metric"): Fields {
  return readMessage("Request", bytes, item);
}
