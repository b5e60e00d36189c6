/**
 * Manifests: which blobs make up a model. The format is Ollama's, which is
 * Docker's.
 *
 * @module
 */

/** Media types of layers, by what is in them. */
export const MEDIA_TYPES = {
  model: "application/vnd.ollama.image.model",
  adapter: "application/vnd.ollama.image.adapter",
  projector: "application/vnd.ollama.image.projector",
  template: "application/vnd.ollama.image.template",
  system: "application/vnd.ollama.image.system",
  params: "application/vnd.ollama.image.params",
  messages: "application/vnd.ollama.image.messages",
  license: "application/vnd.ollama.image.license",
} as const;

/** What a layer is for. */
export type LayerKind = keyof typeof MEDIA_TYPES;

const MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIG_TYPE = "application/vnd.docker.container.image.v1+json";

/** A blob and what it is for. Size in bytes. */
export interface Layer {
  readonly mediaType: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly size: number;
  /** The model that lent it to this one, its tag shown. */
  readonly from?: string;
}

/** A model's list of blobs. */
export interface Manifest {
  readonly schemaVersion: number;
  readonly mediaType: string;
  readonly config: Layer;
  readonly layers: readonly Layer[];
}

/** The config blob: facts for lists, so that no GGUF has to be read. */
export interface ModelConfig {
  readonly model_format: string;
  readonly model_family: string;
  readonly model_families: readonly string[];
  readonly model_type: string;
  readonly file_type: string;
  /** Ollama's own template engine for the model, by name. */
  readonly renderer?: string;
  /** Ollama's own reader of the model's answers, by name. */
  readonly parser?: string;
  /** Oldest version of Ollama that runs it. */
  readonly requires?: string;
  readonly capabilities?: readonly string[];
  readonly context_length?: number;
  readonly embedding_length?: number;
  readonly base_name?: string;
  readonly architecture: string;
  readonly os: string;
}

/** A stored blob, as {@linkcode layerOf} needs it. */
export interface StoredBlob {
  readonly digest: string;
  readonly size: number;
}

/** A layer of a stored blob. */
export function layerOf(kind: LayerKind, blob: StoredBlob): Layer {
  return {
    mediaType: MEDIA_TYPES[kind],
    digest: blob.digest,
    size: blob.size,
  };
}

/** A manifest over stored blobs. */
export function createManifest(
  config: StoredBlob,
  layers: readonly Layer[],
): Manifest {
  return {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: {
      mediaType: CONFIG_TYPE,
      digest: config.digest,
      size: config.size,
    },
    layers,
  };
}

/** As Ollama writes it, so that digests agree. */
export function manifestText(manifest: Manifest): string {
  return JSON.stringify(manifest) + "\n";
}

/** Whether a text is `sha256:` and 64 hex digits. */
export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

function isLayer(value: unknown): value is Layer {
  const layer = value as Partial<Layer> | null;
  return typeof layer === "object" && layer !== null &&
    typeof layer.digest === "string" && isDigest(layer.digest) &&
    typeof layer.mediaType === "string" && typeof layer.size === "number";
}

/** Reads a manifest. Throws a `SyntaxError` for what is none. */
export function parseManifest(text: string): Manifest {
  const value = JSON.parse(text) as Partial<Manifest> | null;
  if (
    typeof value !== "object" || value === null || !isLayer(value.config) ||
    !Array.isArray(value.layers) || !value.layers.every(isLayer)
  ) {
    throw new SyntaxError("Cannot read manifest: its layers are not in order");
  }
  return value as Manifest;
}

/** The layers of a kind, in order. */
export function layersOfKind(
  manifest: Pick<Manifest, "layers">,
  kind: LayerKind,
): readonly Layer[] {
  return manifest.layers
    .filter((layer) => layer.mediaType === MEDIA_TYPES[kind]);
}
