/** How long a script of the repo takes, from its start to its end, several times over. */
import type { Job, JobResult, JobType } from 'tracey-action/job-type';

interface Settings {
  /** Relative to the repo's root. */
  readonly script: string;
  readonly rounds: number;
}

const KNOWN = ['script', 'rounds'];
const DEADLINE_MS = 30_000;

/** A mistake in the settings is thrown with a message that names the key. */
function parseSettings(raw: unknown): Settings {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new TypeError('settings must be keys and values');
  }
  const unknownKey = Object.keys(raw).find((key) => !KNOWN.includes(key));
  if (unknownKey !== undefined) throw new TypeError(`settings.${unknownKey} is not known`);
  const { script, rounds = 3 } = raw as Readonly<Record<string, unknown>>;
  if (typeof script !== 'string') throw new TypeError('settings.script must name a file of the repo');
  if (typeof rounds !== 'number' || !Number.isInteger(rounds) || rounds < 1) {
    throw new TypeError('settings.rounds must be a whole number from 1 on');
  }
  return { script, rounds };
}

const startTime: JobType<Settings> = {
  name: 'start-time',
  parseSettings,
  async run({ node, repoFolder, settings }: Job<Settings>, host): Promise<JobResult> {
    const { script, rounds } = settings;
    host.describe({ framework: null, isolation: 'file', samples: rounds });
    for (let round = 0; round < rounds && !host.signal.aborted; round += 1) {
      host.showProgress({ done: round, total: rounds, label: script });
      const { exitCode, signal, stopped, durationMs, output } = await host.runProcess({
        command: node.executable,
        args: [script],
        cwd: repoFolder,
        env: {},
        deadlineMs: DEADLINE_MS,
      });
      if (stopped === 'aborted') break;
      const isFine = exitCode === 0;
      const reason = stopped === 'deadline' ? 'it did not end' : `it ended with ${exitCode ?? signal}`;
      const outcome = isFine ? ('passed' as const) : ('failed' as const);
      const why = isFine ? {} : { reason };
      host.record({
        path: script,
        outcome,
        ...why,
        durationMs,
        loadMs: null,
        peakRssBytes: null,
        exitCode,
        signal,
        fingerprint: null,
        suites: [],
        tests: [{ title: ['starts'], outcome, ...why, durationMs, hooksMs: null, cpuMs: null, attempts: 1 }],
        ...(isFine ? {} : { output }),
      });
    }
    return {};
  },
};

export default startTime;
