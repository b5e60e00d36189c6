/**
 * Versions: Tally's own, and the one of Ollama's that clients are told.
 *
 * @module
 */

/** Semantic version of this program. */
export const VERSION = "0.1.0";

/** The release of Ollama whose API this is, as clients compare it. */
export const OLLAMA_VERSION = "0.32.15";
