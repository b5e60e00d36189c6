/**
 * Models as Ollama's clients read them: in lists, in memory, in detail.
 *
 * @module
 */

import type { ResolvedModel } from "../models/model.ts";
import { displayName } from "../models/name.ts";
import { toStoredMessage } from "../models/stored_messages.ts";
import type { InferenceService } from "./deps.ts";
import { modelfileText, parametersText } from "./model_text.ts";

type LoadedModel = ReturnType<InferenceService["loaded"]>[number];

/** Elements a list in `model_info` may have unless all is asked for. */
const SHORT_LIST = 5;

/** Told elsewhere in the answer, so not in `model_info`. */
const NOT_IN_MODEL_INFO = ["general.name", "tokenizer.chat_template"];

function details({ parentModel, described }: ResolvedModel) {
  return {
    parent_model: parentModel ?? "",
    format: described.model_format,
    family: described.model_family,
    families: described.model_families,
    parameter_size: described.model_type,
    quantization_level: described.file_type,
    context_length: described.context_length,
    embedding_length: described.embedding_length,
  };
}

/** A model of `/api/tags`. */
export function toListEntry(model: ResolvedModel) {
  const name = displayName(model.name);
  return {
    name,
    model: name,
    modified_at: model.modifiedAt.toISOString(),
    size: model.size,
    digest: model.digest,
    details: details(model),
    capabilities: model.capabilities,
  };
}

/** A model of `/api/ps`. */
export function toLoadedEntry(loaded: LoadedModel) {
  const { model } = loaded;
  const name = displayName(model.name);
  return {
    name,
    model: name,
    size: loaded.sizeBytes,
    digest: model.digest,
    details: details(model),
    expires_at: loaded.expiresAt.toISOString(),
    size_vram: loaded.gpuBytes,
    context_length: loaded.contextLength,
    running: loaded.running,
    waiting: loaded.waiting,
  };
}

/** The file's metadata; long lists only when all is asked for. */
function modelInfo(
  { metadata }: ResolvedModel,
  verbose: boolean,
): Record<string, unknown> {
  const shown = Object.entries(metadata.values)
    .filter(([key]) => !NOT_IN_MODEL_INFO.includes(key))
    .map(([key, value]) => {
      const long = Array.isArray(value) && value.length > SHORT_LIST;
      return [key, long && !verbose ? null : value] as const;
    });
  return {
    ...Object.fromEntries(shown),
    "general.parameter_count": metadata.parameterCount,
  };
}

/** What a client wants to see of a model. */
export interface ShowOptions {
  /** Shown instead of the model's own. */
  readonly system: string;
  /** Parameters that its Modelfile shows instead of the model's own. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly verbose: boolean;
}

/** The answer of `/api/show`. */
export function toShowResponse(
  stored: ResolvedModel,
  { system, options, verbose }: ShowOptions,
) {
  const model = system === "" ? stored : { ...stored, system };
  const parameters = { ...model.parameters, ...options };
  const template = model.template ?? model.metadata.chatTemplate;
  return {
    ...(model.license.length > 0 ? { license: model.license.join("\n") } : {}),
    modelfile: modelfileText(
      { ...model, parameters },
      displayName(model.name),
    ),
    ...(Object.keys(model.parameters).length > 0
      ? { parameters: parametersText(model.parameters) }
      : {}),
    ...(template === undefined ? {} : { template }),
    ...(model.system === undefined ? {} : { system: model.system }),
    ...(model.renderer === undefined ? {} : { renderer: model.renderer }),
    ...(model.parser === undefined ? {} : { parser: model.parser }),
    ...(model.requires === undefined ? {} : { requires: model.requires }),
    details: details(model),
    ...(model.messages.length > 0
      ? { messages: model.messages.map(toStoredMessage) }
      : {}),
    model_info: modelInfo(model, verbose),
    tensors: model.metadata.tensors,
    capabilities: model.capabilities,
    modified_at: model.modifiedAt.toISOString(),
  };
}
