/** Has a scenario driven in a process of its own, on the Node that the library's version runs on, and reads what it told. */
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSystemCode } from '../../core/errors.ts';
import type { Host } from '../../core/measure/host.ts';
import type { SpawnResult } from '../../core/measure/spawn.ts';
import { parseRecording, type Recording } from './recording.ts';

/** Beyond the sum of what its steps may take: starting, and the library's own loading. */
const START_MS = 30_000;
/** What is read of what a process told: more than any scenario says, and than tested code may make us hold. */
const EVENTS_BYTES = 64 * 1024 * 1024;
/** More steps than any scenario has. */
const MOST_STEPS = 60;

const DRIVER = fileURLToPath(new URL('./drive.cjs', import.meta.url));

export interface RecordOptions {
  readonly library: string;
  readonly version: string;
  /** Where it is installed. */
  readonly folder: string;
  readonly scenario: string;
  readonly nodeExecutable: string;
  readonly stepDeadlineMs: number;
}

/** Records one version. Resolves when a step fails; then the recording says so. */
export async function recordVersion(
  options: RecordOptions,
  host: Host,
): Promise<{ readonly recording: Recording; readonly process: SpawnResult }> {
  const { library, version, folder, scenario, nodeExecutable, stepDeadlineMs } = options;
  const place = join(host.scratchFolder, `${library}-${version}`);
  // The library keeps files of its own in its home.
  await mkdir(place, { recursive: true });
  const events = join(place, 'events.jsonl');
  const process = await host.runProcess({
    command: nodeExecutable,
    args: [DRIVER],
    cwd: place,
    env: {
      HOME: place,
      TRACEY_PROTOCOL: JSON.stringify({ library, folder, scenario, events, stepDeadlineMs }),
    },
    deadlineMs: START_MS + Math.min(MOST_STEPS * stepDeadlineMs, 15 * 60_000),
  });
  return { recording: parseRecording(await readLines(events), formatEnding(process)), process };
}

async function readLines(file: string): Promise<string[]> {
  try {
    if ((await stat(file)).size > EVENTS_BYTES) return [];
    return (await readFile(file, 'utf8')).split('\n').slice(0, -1);
  } catch (thrown) {
    if (findSystemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

function formatEnding({ exitCode, signal, stopped }: SpawnResult): string {
  if (stopped === 'deadline') return 'its process answered no more, and was ended at its deadline';
  if (stopped === 'aborted') return 'it was interrupted';
  return signal === null
    ? `its process ended with exit code ${exitCode}`
    : `its process was ended by ${signal}`;
}
