/**
 * What a chat goes by: flags of `tally run`, changed by `/set` and `/load`.
 *
 * @module
 */

/** A message as the API has it. */
export interface Message {
  readonly role: string;
  readonly content: string;
  /** Base64. */
  readonly images?: readonly string[];
}

/** What the server tells of a model, as far as a chat needs it. */
export interface ChatModel {
  readonly capabilities?: readonly string[];
  /** The model's own first messages. */
  readonly messages?: readonly Message[];
  readonly details?: { readonly parent_model?: string };
}

/** Settings of a chat. */
export interface ChatSettings {
  model: string;
  /** What the model was made from, "" when that is not known. */
  parentModel: string;
  capabilities: readonly string[];
  /** Messages that every conversation with the model begins with. */
  firstMessages: readonly Message[];
  system?: string;
  /** `json` or a JSON Schema. */
  format?: unknown;
  /** A Go duration, or seconds. */
  keepAlive?: string | number;
  /** Undefined leaves it to the server. */
  think: boolean | string | undefined;
  /** The person said so; else the model's capabilities tell. */
  thinkIsChosen: boolean;
  hideThinking: boolean;
  verbose: boolean;
  /** Break lines between words. */
  wordWrap: boolean;
  options: Record<string, unknown>;
}

/** Goes on with a model. It thinks if it can and nothing else was chosen. */
export function adoptModel(
  settings: ChatSettings,
  model: string,
  { capabilities = [], messages = [], details }: ChatModel,
): void {
  settings.model = model;
  settings.parentModel = details?.parent_model ?? "";
  settings.capabilities = capabilities;
  settings.firstMessages = messages;
  if (!settings.thinkIsChosen) {
    settings.think = capabilities.includes("thinking") ? true : undefined;
  }
}

/** Whether images or sounds may go with a message. */
export function takesAttachments(
  { capabilities }: Pick<ChatSettings, "capabilities">,
): boolean {
  return capabilities.includes("vision") || capabilities.includes("audio");
}
