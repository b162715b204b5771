/** Asking a Node binary what it is, by running it. */
import { basename } from 'node:path';
import semver from 'semver';
import { JobError } from '../../errors.ts';
import { computeToolEnvironment } from '../environment.ts';
import { findLastLines } from '../printed-text.ts';
import { runProcess } from '../spawn.ts';
import type { NodeSources } from './sources.ts';

/** What a binary said about itself, or why it could not. */
export type NodeInspection =
  | {
      readonly kind: 'node';
      readonly version: string;
      readonly arch: string;
      /** The binary that really ran: a shim of a version manager names the one behind it. */
      readonly executable: string;
    }
  | { readonly kind: 'unusable'; readonly reason: string };

const INSPECTION_DEADLINE_MS = 30_000;
/** ES5, for Node 0.10. */
const INSPECTION = 'JSON.stringify([process.version, process.arch, process.execPath])';

/**
 * Runs a Node binary to learn its version.
 *
 * @throws JobError `node/interrupted` when it was called off
 */
export async function inspectNode(executable: string, sources: NodeSources): Promise<NodeInspection> {
  try {
    const result = await runProcess({
      command: executable,
      args: ['-p', INSPECTION],
      cwd: '/',
      env: computeToolEnvironment(sources.inherited),
      signal: sources.signal,
      deadlineMs: INSPECTION_DEADLINE_MS,
      stdoutBytes: 16_384,
    });
    throwIfInterrupted(sources.signal);
    const inspection = result.exitCode === 0 ? parseInspection(result.stdout) : null;
    if (inspection === null) {
      const printed = findLastLines(result.output, 3).join(' / ');
      return { kind: 'unusable', reason: printed || `it ended with ${result.signal ?? result.exitCode}` };
    }
    const { version, arch, execPath } = inspection;
    return { kind: 'node', version, arch, executable: basename(execPath) === 'node' ? execPath : executable };
  } catch (thrown) {
    if (!(thrown instanceof JobError) || thrown.code === 'node/interrupted') throw thrown;
    return { kind: 'unusable', reason: thrown.message };
  }
}

/** @throws JobError `node/interrupted` when the job was called off */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new JobError('Node versions: interrupted while looking for a Node binary.', {
    code: 'node/interrupted',
    cause: signal.reason,
  });
}

function parseInspection(printed: string): { version: string; arch: string; execPath: string } | null {
  try {
    const [version, arch, execPath] = JSON.parse(printed) as unknown[];
    const valid = semver.valid(String(version));
    if (valid === null || typeof arch !== 'string' || typeof execPath !== 'string') return null;
    return { version: valid, arch, execPath };
  } catch {
    return null;
  }
}
