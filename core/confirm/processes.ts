/**
 * The tested processes of an experiment: as those of a run, but on one CPU, and nothing that they do is recorded.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bringForeignDependencies, type Place } from '../job-needs.ts';
import { computeTestEnvironment } from '../measure/environment.ts';
import type { SuiteHost } from '../measure/host.ts';
import { computeMark, endLeftovers } from '../measure/leftovers.ts';
import { createOutputFiles } from '../measure/output-file.ts';
import { runProcess } from '../measure/spawn.ts';
import type { ExperimentOptions } from './options.ts';
import type { SideName } from './pairs.ts';
import type { Pinning } from './pinning.ts';

export interface TestedProcesses {
  /** Host for what is in a work tree. */
  openHost(side: SideName, place: Place): Promise<SuiteHost>;
  /** Ends what left its process group. */
  endLeftovers(): void;
  close(): void;
}

/** Prepares to run tested processes; `options.folder` must be there. */
export function openProcesses(options: ExperimentOptions, pinning: Pinning | null): TestedProcesses {
  const { signal, lockScope, listener } = options;
  const mark = computeMark(lockScope, options.id);
  const outputFiles = createOutputFiles(options.folder);
  return {
    async openHost(side, { repoFolder, checkout }) {
      const scratchFolder = join(options.folder, `scratch-${side}`);
      await mkdir(scratchFolder, { recursive: true, mode: 0o700 });
      return {
        scratchFolder,
        signal,
        log: listener.onStatus,
        showProgress: ({ label }) => listener.onStatus(label),
        bringDependencies: (request) =>
          bringForeignDependencies(request, {
            ...options,
            checkout,
            indexRoot: options.repository.root,
            logFile: join(options.logsFolder, `${options.id}-install-${side}.log`),
          }),
        async runProcess({ task: _task, within, ...asked }) {
          if (within !== undefined) return within(asked);
          return runProcess({
            ...asked,
            ...(pinning !== null && !isProfiled(asked.args) ? pin(pinning, asked) : {}),
            signal,
            outputFiles,
            env: computeTestEnvironment({
              inherited: options.variables,
              nodeFolder: dirname(options.node.executable),
              repoFolder,
              mark,
              own: asked.env,
            }),
          });
        },
      };
    },
    endLeftovers: () => void endLeftovers(mark),
    close: () => outputFiles.close(),
  };
}

function pin(
  { command, args }: Pinning,
  asked: { readonly command: string; readonly args: readonly string[] },
) {
  return { command, args: [...args, asked.command, ...asked.args] };
}

/** What V8 takes samples with is a thread that needs a CPU of its own. */
function isProfiled(args: readonly string[]): boolean {
  return args.includes('--cpu-prof');
}
