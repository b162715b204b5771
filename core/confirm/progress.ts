/** Who wants to know how confirming is going, and what they are told. */
import type { RatioEstimate } from '../analysis/suspect.ts';

export interface ConfirmListener {
  /** A step has begun, or something worth a line happened. */
  readonly onStep: (text: string) => void;
  /** Something that changes quickly: the last line of an installation. */
  readonly onStatus: (text: string) => void;
  readonly onPairs: (progress: PairProgress) => void;
}

/** How far the pairs of one test file and one range of commits are. */
export interface PairProgress {
  readonly file: string;
  readonly done: number;
  /** Most pairs that may be. */
  readonly total: number;
  /** Of what is furthest from being decided; null before the first pair. */
  readonly ratio: RatioEstimate | null;
  /** How much is not decided yet. */
  readonly undecided: number;
}
