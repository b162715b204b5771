/** What `tracey run` tells those who do not sit at the terminal: its news, gathered while the job goes on. */

import type { VanishedNews } from '../../core/changes/vanished-test.ts';
import type { Config } from '../../core/config/config.ts';
import { ConfigError } from '../../core/errors.ts';
import type { JobListener, JobRequest } from '../../core/job.ts';
import type { Commit, RunResults } from '../../core/model.ts';
import { findBaseRun, SEARCHED_COMMITS } from '../../core/notify/base-run.ts';
import { computeChangeFindings } from '../../core/notify/change-findings.ts';
import { gatherRunNews } from '../../core/notify/gather-news.ts';
import type { ChangeNews, JobNews, RunNews } from '../../core/notify/news.ts';
import { computeVanishedFindings } from '../../core/notify/vanished.ts';
import { listFirstParents } from '../../core/repository/mirror.ts';
import { isOnGitHub } from '../../core/repository/read.ts';
import type { Store } from '../../core/store/store.ts';
import { createCommitLinks } from '../commit-links.ts';
import type { CommandContext } from '../context.ts';
import { formatError } from '../error-text.ts';
import { hasOthers, tellOthers } from '../tell-others.ts';

const GITHUB = 'https://github.com';

export interface Others {
  /** A run is complete and stored. */
  readonly noteRun: (run: RunResults, store: Store) => Promise<void>;
  /** What changed is found, and proven as far as it can be. */
  readonly noteChanges: (changes: readonly ChangeNews[], vanished: readonly VanishedNews[]) => void;
  readonly noteFailure: (failure: Parameters<JobListener['onFailure']>[0]) => void;
  /** Tells that the job came to an end of its own, and throws what ended it. */
  readonly tellBroken: (thrown: unknown) => Promise<never>;
  readonly tell: () => Promise<void>;
}

/** Those whom the configuration names; nothing is gathered when it names nobody. */
export function openOthers(options: {
  readonly config: Config;
  readonly context: CommandContext;
  readonly request: JobRequest;
  /** As the user named it. */
  readonly database: string | undefined;
  /** The end of the log, as it grows. */
  readonly log: readonly string[];
}): Others {
  const { config, context, request, database, log } = options;
  const { environment, signal, terminal, version } = context;
  const isAny = hasOthers(config);
  const runs: RunNews[] = [];
  const failures: JobNews['failures'][number][] = [];
  const changes: ChangeNews[] = [];
  const gone: VanishedNews[] = [];
  let commit: Commit | null = null;

  async function tell(): Promise<void> {
    if (!isAny || (runs.length === 0 && failures.length === 0)) return;
    const { repository, name, jobType, runner } = request;
    const place = { branch: commit?.branch ?? null, jobType: jobType.name, runner };
    await tellOthers(
      {
        news: { repository: name, runs, failures },
        place,
        commit,
        log,
        changes: [
          ...computeChangeFindings(changes, { repository: name, ...place }),
          ...computeVanishedFindings(gone, { repository: name, ...place }),
        ],
      },
      {
        config,
        environment,
        database,
        links: (await isOnGitHub(repository)) ? createCommitLinks(GITHUB) : null,
        version,
        signal,
        onWarning: (warning) => terminal.tell(`warning: ${formatError(warning)}`),
      },
    );
  }

  return {
    async noteRun(run, store) {
      if (!isAny) return;
      commit = run.commitDetails;
      const { sha } = commit;
      const line = await listFirstParents(request.repository, { from: sha, limit: SEARCHED_COMMITS });
      const base = await findBaseRun(
        store,
        run,
        line.filter((ancestor) => ancestor !== sha),
      );
      runs.push(await gatherRunNews(run, { base, store }));
    },
    noteChanges: (found, vanished) => {
      changes.push(...found);
      gone.push(...vanished);
    },
    noteFailure({ nodeVersion, commit: at, error }) {
      // What is not committed is the business of whoever sits here.
      if (!isAny || at.modified) return;
      commit = at;
      failures.push({ nodeVersion, message: formatError(error) });
    },
    async tellBroken(thrown) {
      // Flags and files are for whoever wrote them to correct.
      if (isAny && !signal.aborted && !(thrown instanceof ConfigError)) {
        commit ??= request.head ?? null;
        if (commit?.modified !== true) {
          failures.push({ nodeVersion: null, message: formatError(thrown) });
          await tell();
        }
      }
      throw thrown;
    },
    tell,
  };
}
