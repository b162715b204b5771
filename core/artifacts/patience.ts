/** How long something from afar is waited for: for all of it, and for the next byte. */
import { ArtifactError } from '../errors.ts';
import { formatDuration } from '../units.ts';

export interface Patience {
  /** For everything together. */
  readonly deadlineMs: number;
  /** Without a byte. */
  readonly stallMs: number;
}

export const PATIENCE: Patience = { deadlineMs: 30 * 60_000, stallMs: 60_000 };

/** Watches one transfer. */
export interface Watch {
  /** Aborted when patience is at its end, or by the caller's own signal. */
  readonly signal: AbortSignal;
  /** Something came. */
  readonly touch: () => void;
  /** Waits for what is to come from afar: only meanwhile a silence counts. */
  readonly during: <Result>(waiting: Promise<Result>) => Promise<Result>;
  /** What came of it, in place of what was thrown because of the signal. */
  readonly explain: (thrown: unknown) => unknown;
  readonly close: () => void;
}

/**
 * Begins to watch.
 *
 * @param options `what` is being done, for messages: `fetching bafy… from …`. What `explain` gives is an ArtifactError
 *   `artifact/deadline`, `artifact/stalled` or `artifact/nothing-came`
 */
export function openWatch(options: {
  readonly what: string;
  readonly patience: Patience;
  readonly signal: AbortSignal | undefined;
}): Watch {
  const { what, patience } = options;
  const own = new AbortController();
  let ending: ArtifactError | null = null;
  let hasCome = false;
  const end = (error: ArtifactError) => {
    ending ??= error;
    own.abort(error);
  };
  const deadline = setTimeout(() => end(createDeadline(what, patience)), patience.deadlineMs);
  const stall = setTimeout(() => {
    if (waiting > 0) end(hasCome ? createStall(what, patience) : createNothing(what, patience));
    else stall.refresh();
  }, patience.stallMs);
  let waiting = 0;
  return {
    signal: options.signal === undefined ? own.signal : AbortSignal.any([own.signal, options.signal]),
    touch() {
      hasCome = true;
      stall.refresh();
    },
    async during(promise) {
      if (waiting === 0) stall.refresh();
      waiting += 1;
      try {
        return await promise;
      } finally {
        waiting -= 1;
      }
    },
    explain: (thrown) => ending ?? (options.signal?.aborted ? options.signal.reason : thrown),
    close() {
      clearTimeout(deadline);
      clearTimeout(stall);
    },
  };
}

function createDeadline(what: string, { deadlineMs }: Patience): ArtifactError {
  return new ArtifactError(`${what}: not done after ${formatDuration(deadlineMs)}.`, {
    code: 'artifact/deadline',
    hint: 'See how busy the way to the IPFS node is, and try again.',
  });
}

function createStall(what: string, { stallMs }: Patience): ArtifactError {
  return new ArtifactError(`${what}: nothing more came for ${formatDuration(stallMs)}.`, {
    code: 'artifact/stalled',
    hint: 'See whether the IPFS node still answers (`ipfs id`), and try again.',
  });
}

function createNothing(what: string, { stallMs }: Patience): ArtifactError {
  return new ArtifactError(`${what}: nothing came within ${formatDuration(stallMs)}.`, {
    code: 'artifact/nothing-came',
    hint: 'Most likely no IPFS node that can be reached has it: pack it again on a primary, with `tracey artifact pack`.',
  });
}
