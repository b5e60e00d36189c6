/**
 * Text that has to wait because a marker may begin in it.
 *
 * @module
 */

/** Index from which the text may be the beginning of the marker. */
export function heldBack(text: string, marker: string): number {
  const first = Math.max(text.length - marker.length + 1, 0);
  for (let at = first; at < text.length; at++) {
    if (marker.startsWith(text.slice(at))) {
      return at;
    }
  }
  return text.length;
}
