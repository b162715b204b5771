/**
 * What there is to know of a library whose wire protocol is written down: the same for happn, happner and a family that
 * somebody else brings. Everything else in this room knows no library.
 */
import type { Masks } from './masks.ts';

export interface ProtocolFamily {
  /** Name of the job type, as in `.tracey.yml`. */
  readonly name: string;
  /** The npm package whose versions are written down. */
  readonly library: string;
  /** A CommonJS module that gives the steps, absolute; it runs inside the tested process (drive.cjs). */
  readonly scenario: string;
  /** What differs from run to run. */
  readonly masks: Masks;
  /** The Nodes on which versions run; the first entry whose range has the version counts. */
  readonly nodes: readonly NodeNeed[];
  /**
   * What a message is, in a few words that stay the same from version to version: messages are paired by it when versions
   * are compared, and called so. Undefined for a message of no known kind.
   */
  readonly describeMessage: (body: unknown) => string | undefined;
  /** The first version that the scenario knows, e.g. `7.0.0`. */
  readonly oldest: string;
}

export interface NodeNeed {
  /** Of the library's versions. */
  readonly versions: string;
  /** Of Node's versions that they run on. */
  readonly runsOn: string;
  /** What is asked for when the run's own Node is none of these. */
  readonly otherwise: string;
}
