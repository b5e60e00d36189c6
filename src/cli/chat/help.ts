/**
 * Help texts of the chat.
 *
 * @module
 */

/** `/?` */
const HELP = `Available Commands:
  /set            Set session variables
  /show           Show model information
  /load <model>   Load a session or model
  /save <model>   Save your current session
  /list           List models
  /clear          Clear session context
  /bye            Exit
  /?, /help       Help for a command
  /? shortcuts    Help for keyboard shortcuts

Use """ to begin and to end a message of several lines.
`;

/** Goes with {@linkcode HELP} when the model takes files. */
const ATTACHMENTS_HELP =
  "Use /path/to/file to include .jpg, .png, .webp images, or .wav audio files.\n";

/** `/? set` */
export const SET_HELP = `Available Commands:
  /set parameter ...     Set a parameter
  /set system <string>   Set system message
  /set history           Enable history
  /set nohistory         Disable history
  /set wordwrap          Enable wordwrap
  /set nowordwrap        Disable wordwrap
  /set format json       Enable JSON mode
  /set noformat          Disable formatting
  /set verbose           Show LLM stats
  /set quiet             Disable LLM stats
  /set think [level]     Enable thinking
  /set nothink           Disable thinking
`;

/** `/? show` */
export const SHOW_HELP = `Available Commands:
  /show info         Show details for this model
  /show license      Show model license
  /show modelfile    Show Modelfile for this model
  /show parameters   Show parameters for this model
  /show system       Show system message
  /show template     Show prompt template
`;

/** `/set parameter`: those that are set most. */
export const PARAMETER_HELP = `Available Parameters:
  /set parameter seed <int>             Random number seed
  /set parameter num_predict <int>      Max number of tokens to predict
  /set parameter top_k <int>            Pick from top k num of tokens
  /set parameter top_p <float>          Pick token based on sum of probabilities
  /set parameter min_p <float>          Pick token based on top token probability * min_p
  /set parameter num_ctx <int>          Set the context size
  /set parameter temperature <float>    Set creativity level
  /set parameter repeat_penalty <float> How strongly to penalize repetitions
  /set parameter repeat_last_n <int>    Set how far back to look for repetitions
  /set parameter num_gpu <int>          The number of layers to send to the GPU
  /set parameter stop <string> ...      Set the stop parameters
`;

/** `/? shortcuts` */
const SHORTCUTS_HELP = `Available keyboard shortcuts:
  Ctrl + a            Move to the beginning of the line (Home)
  Ctrl + e            Move to the end of the line (End)
   Alt + b            Move back (left) one word
   Alt + f            Move forward (right) one word
  Ctrl + k            Delete the line after the cursor
  Ctrl + u            Delete the line before the cursor
  Ctrl + w            Delete the word before the cursor
  Ctrl + j            Begin a new line in the message
  Ctrl + p, Ctrl + n  Message before, message after (Up, Down)

  Ctrl + l            Clear the screen
  Ctrl + g            Open an editor to write the message
  Ctrl + c            Stop the model from responding
  Ctrl + d            Exit (/bye)
`;

/** Help on a topic; on everything when it is none. */
export function helpOn(
  topic: string | undefined,
  takesAttachments: boolean,
): string {
  switch (topic?.replace(/^\//, "")) {
    case "set":
      return SET_HELP;
    case "show":
      return SHOW_HELP;
    case "shortcut":
    case "shortcuts":
      return SHORTCUTS_HELP;
    default:
      return takesAttachments ? HELP + ATTACHMENTS_HELP : HELP;
  }
}
