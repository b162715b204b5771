/** What went wrong between us and a Kubo daemon, in our words. Pure. */
import { ArtifactError, formatThrown } from '../errors.ts';
import { formatUntrusted } from '../text.ts';

const SAID_LENGTH = 300;

/** What an answer that is no success means: `said` is its text. */
export function createAnswerFailure(
  label: string,
  { status, said, cause }: { readonly status: number; readonly said: string; readonly cause?: unknown },
): ArtifactError {
  if (status === 401 || status === 403) {
    return new ArtifactError(`IPFS at ${label}: refused with HTTP status ${status}.`, {
      code: 'artifact/refused',
      hint: 'Set artifacts.ipfs.token in .tracey.yml to a token that the node, or what is before it, accepts.',
      cause,
    });
  }
  const text = formatUntrusted(said.trim().slice(0, SAID_LENGTH)) || 'no text';
  return new ArtifactError(`IPFS at ${label}: answered with HTTP status ${status}: ${text}.`, {
    code: 'artifact/ipfs-failed',
    hint: 'Its own log says more; `ipfs version` must be 0.37 or newer.',
    cause,
  });
}

/** There was no answer, or not all of it. */
export function createSilence(label: string, cause: unknown): ArtifactError {
  return new ArtifactError(`IPFS at ${label}: cannot be reached, or went away: ${formatReason(cause)}.`, {
    code: 'artifact/unreachable',
    hint: 'See whether its daemon runs, and whether artifacts.ipfs in .tracey.yml is right.',
    cause,
  });
}

/** Whether a failure says that something asked for is not there. */
export function isAbsence(failure: unknown): boolean {
  return (
    failure instanceof ArtifactError &&
    failure.code === 'artifact/ipfs-failed' &&
    /does not exist|not found|no link named/i.test(failure.message)
  );
}

function formatReason(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  if (cause instanceof AggregateError && cause.errors.length > 0) return formatReason(cause.errors[0]);
  return formatUntrusted(formatThrown(cause)) || 'no reason given';
}
