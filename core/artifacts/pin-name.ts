/** What artifacts are pinned as on a node that others use, too. Pure. */

/** Pins of Tracey's begin so; the repo's name follows, and a space. */
const PIN_PREFIX = 'tracey ';

/** Under which name the artifacts of a repo are pinned. */
export function formatPinPrefix(repository: string): string {
  return `${PIN_PREFIX}${repository} `;
}
