/**
 * Telling GitHub, each way in turn: annotations, job summary, commit status, comment. One that fails is a warning that
 * names it and says what to do; it changes no verdict and stops no other.
 */
import { formatThrown, TraceyError } from '../../core/errors.ts';
import type { JobNews } from '../../core/notify/news.ts';
import { formatUntrusted } from '../../core/text.ts';
import { formatCount } from '../../core/units.ts';
import { annotateFailures, formatLogLine } from './annotations.ts';
import { type GitHub, openGitHub, type Patience } from './client.ts';
import { writeComment } from './comment.ts';
import type { ActionInputs } from './inputs.ts';
import { isWorkflowRepository, type NewsContext } from './news-context.ts';
import { createProblem } from './problems.ts';
import { computeInterruption, computePending, computeStatus, type Status, setStatus } from './status.ts';
import { renderSummary } from './summary.ts';
import type { Workflow } from './workflow.ts';

export interface TellingOptions {
  readonly context: NewsContext;
  /** `owner/name` of the measured repo. */
  readonly repository: string;
  /** Null: what needs one is not told, with a warning. */
  readonly token: string | null;
  readonly version: string;
  readonly failOn: ActionInputs['failOn'];
  readonly summary: boolean;
  readonly status: boolean;
  readonly comment: ActionInputs['comment'];
  readonly workflow: Pick<Workflow, 'annotate' | 'addSummary'>;
  readonly signal: AbortSignal;
  /** Writes a line to the log. */
  readonly onNotice: (line: string) => void;
  /** The status was told for good, or could not be. */
  readonly onFinalStatus?: () => void;
  readonly patience?: Partial<Patience>;
}

export interface Telling {
  /** Says that the commit is being measured. */
  readonly tellStart: () => Promise<void>;
  /** Tells what came of it. */
  readonly tellNews: (news: JobNews) => Promise<void>;
  /** Says that nothing more comes: whoever was measuring was killed. */
  readonly tellInterruption: () => Promise<void>;
}

/** After a cancelled workflow there are a few seconds left to say so. */
const LAST_WORDS_MS = 4000;

/** The machine is ours while the start is told, and others wait for it. */
const HASTE: Partial<Patience> = { requestTimeoutMs: 5000, retries: 0, rateLimitRetries: 0 };

/** Nothing is sent yet, and nothing loaded that only GitHub's API needs. */
export function openTelling(options: TellingOptions): Telling {
  const { context, repository, workflow } = options;
  const { pullRequest } = context.github;
  const warn = createWarner(options);
  const hurry = createAsker(options, { warn, signal: options.signal, patience: HASTE });

  const sendStatus = (ask: Ask, status: Status) =>
    ask('Commit status', 'statuses: write', (github) => setStatus(github, { repository, context, status }));

  async function annotate(news: JobNews): Promise<void> {
    const isHere = isWorkflowRepository(news, context);
    const { leftOut } = await annotateFailures(workflow, { news, isWorkflowRepository: isHere });
    if (leftOut > 0) options.onNotice(`… and ${formatCount(leftOut, 'more failure')}: see the summary`);
  }

  async function comment(ask: Ask, news: JobNews): Promise<void> {
    const choice = options.comment;
    if (choice === 'never' || pullRequest === null || !isWorkflowRepository(news, context)) return;
    await ask('Comment', 'pull-requests: write', async (github) => {
      await writeComment(github, { news, context, choice, issueNumber: pullRequest.number });
    });
  }

  return {
    async tellStart() {
      if (options.status) await sendStatus(hurry, computePending(context));
    },
    async tellNews(news) {
      const signal = options.signal.aborted ? AbortSignal.timeout(LAST_WORDS_MS) : options.signal;
      const ask = createAsker(options, { warn, signal, patience: {} });
      await warn('Annotations', () => annotate(news));
      if (options.summary) {
        await warn('Job summary', () => workflow.addSummary(renderSummary(news, context)));
      }
      if (options.status) await sendStatus(ask, computeStatus(news, options.failOn));
      options.onFinalStatus?.();
      await comment(ask, news);
    },
    async tellInterruption() {
      const ask = createAsker(options, { warn, signal: options.signal, patience: {} });
      if (options.status) await sendStatus(ask, computeInterruption(options.failOn));
    },
  };
}

/** Does something; when that fails, whatever it is, says so under its name. */
type Warn = (what: string, work: () => Promise<void>) => Promise<void>;

function createWarner({ workflow, context, onNotice }: TellingOptions): Warn {
  const told = new Set<string>();
  return async (what, work) => {
    try {
      await work();
    } catch (thrown) {
      const isExpected = thrown instanceof TraceyError;
      const hint = isExpected && thrown.hint !== undefined ? ` ${thrown.hint}` : '';
      const message = formatThrown(thrown);
      const named = message.startsWith(`${what}: `) ? message : `${what}: ${message}`;
      const text = formatLogLine(formatUntrusted(`${named}${hint}`));
      // What failed at the start fails at the end for the same reason.
      if (told.has(text)) return;
      told.add(text);
      const isUsual = isExpected && thrown.code === 'github/forbidden' && context.github.pullRequest?.isFork;
      // With a fork's pull request nobody can do anything about it.
      if (isUsual) onNotice(text);
      else workflow.annotate('warning', text, { title: 'Tracey' });
    }
  };
}

/** Asks something of GitHub's API; a failure is a warning. */
type Ask = (what: string, permission: string, work: (github: GitHub) => Promise<void>) => Promise<void>;

function createAsker(
  { context, repository, token, version, onNotice, ...options }: TellingOptions,
  {
    warn,
    signal,
    patience,
  }: { readonly warn: Warn; readonly signal: AbortSignal; readonly patience: Partial<Patience> },
): Ask {
  const { apiUrl, pullRequest } = context.github;
  const isFork = pullRequest?.isFork === true;
  let opened: Promise<GitHub> | undefined;
  return (what, permission, work) =>
    warn(what, async () => {
      try {
        opened ??= openGitHub({
          token: token ?? '',
          apiUrl,
          version,
          signal,
          onWarning: onNotice,
          patience: { ...options.patience, ...patience },
        });
        await work(await opened);
      } catch (thrown) {
        throw createProblem(thrown, { what, permission, repository, isFork, token: token ?? '', apiUrl });
      }
    });
}
