/**
 * Tally's own version.
 *
 * @module
 */

/** Semantic version of this program. */
export const VERSION = "0.1.0";
