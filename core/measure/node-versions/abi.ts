/** The ABI that a Node binary has for native add-ons, asked of the binary itself. */
import { JobError } from '../../errors.ts';
import { computeToolEnvironment, type Variables } from '../environment.ts';
import { findLastLines } from '../printed-text.ts';
import { runProcess } from '../spawn.ts';

const ASKING_DEADLINE_MS = 30_000;

/**
 * `process.versions.modules` of a Node binary: `137` for Node 24.
 *
 * @throws JobError `node/not-runnable`
 */
export async function readNodeAbi(
  executable: string,
  { inherited, signal }: { readonly inherited: Variables; readonly signal?: AbortSignal | undefined },
): Promise<string> {
  if (executable === process.execPath) return process.versions.modules;
  const result = await runProcess({
    command: executable,
    args: ['-p', 'process.versions.modules'],
    cwd: '/',
    env: computeToolEnvironment(inherited),
    signal,
    deadlineMs: ASKING_DEADLINE_MS,
    stdoutBytes: 4096,
  });
  const abi = result.stdout.trim();
  if (result.exitCode === 0 && /^\d+$/.test(abi)) return abi;
  const printed = findLastLines(result.output, 3).join(' / ');
  throw new JobError(
    `${executable}: does not say its ABI: ${printed || `it ended with ${result.exitCode}`}.`,
    {
      code: 'node/not-runnable',
      hint: 'Put a Node that works first on PATH, or name its ABI with --node-abi.',
    },
  );
}
