/** The time that an experiment has: when it is up, what runs is ended. */

export interface Deadline {
  /** Aborted when the time is up, or the job is to stop. */
  readonly signal: AbortSignal;
  /** What is left, ms; 0 when the job is to stop. */
  readonly computeRest: () => number;
  readonly close: () => void;
}

/** Starts the time. */
export function startDeadline(durationMs: number, stop: AbortSignal): Deadline {
  const endsMs = performance.now() + durationMs;
  const up = new AbortController();
  const timer = setTimeout(() => up.abort(), durationMs);
  return {
    signal: AbortSignal.any([stop, up.signal]),
    computeRest: () => (stop.aborted ? 0 : Math.max(0, endsMs - performance.now())),
    close: () => clearTimeout(timer),
  };
}

/** Takes a part of the time: whether that is used up. */
export function takeTime(deadline: Deadline, durationMs: number): () => boolean {
  const restMs = deadline.computeRest() - durationMs;
  return () => deadline.signal.aborted || deadline.computeRest() <= restMs;
}
