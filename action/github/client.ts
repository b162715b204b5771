/**
 * The way to GitHub's API, on github.com or an Enterprise server: Octokit with its official retry and throttling
 * plug-ins, and an end to its patience. The only place that imports Octokit, and only when it is asked for one: what
 * does not speak to GitHub must not wait for it to load.
 */
import type { Octokit } from '@octokit/rest';
import { JobError } from '../../core/errors.ts';

/** GitHub's API. What it throws is for `createProblem` in `problems.ts`. */
export type GitHub = Octokit;

export interface GitHubOptions {
  /** Null: what everybody may ask, within a narrow rate limit. */
  readonly token: string | null;
  /** `https://api.github.com`, or an Enterprise server's `https://…/api/v3`. */
  readonly apiUrl: string;
  /** Tracey's own version, for the user agent. */
  readonly version: string;
  /** Ends a request, and the waiting for one, at once. */
  readonly signal: AbortSignal;
  /** Hears that a rate limit is waited for, or that something is deprecated. */
  readonly onWarning: (text: string) => void;
  readonly patience?: Partial<Patience>;
}

/** How long GitHub is waited for. */
export interface Patience {
  /** Of one request, its answer included. */
  readonly requestTimeoutMs: number;
  /** After server errors, conflicts and a network that fails: tried so often again, 1, 4, 9, … delays apart. */
  readonly retries: number;
  /** How often a rate limit is waited for, and how long at most: one that lasts longer ends the request at once. */
  readonly rateLimitRetries: number;
  readonly rateLimitWaitMs: number;
  /** A second, whatever that takes: shorter in tests. */
  readonly secondMs: number;
}

const PATIENCE: Patience = {
  requestTimeoutMs: 15_000,
  retries: 2,
  rateLimitRetries: 2,
  rateLimitWaitMs: 60_000,
  secondMs: 1000,
};

const API_VERSION = '2022-11-28';
/** An answer of this kind will be the same the next time; 403 and 429 are the throttling plug-in's. */
const FINAL_STATUSES = [400, 401, 403, 404, 410, 422, 429, 451];

/** A client whose every request carries the token, if there is one. Nothing is sent yet. */
export async function openGitHub(options: GitHubOptions): Promise<GitHub> {
  const { token, apiUrl, version, signal, onWarning } = options;
  const patience = { ...PATIENCE, ...options.patience };
  if (token === '') {
    throw new JobError('GitHub: there is no token to speak to it with.', {
      code: 'github/no-token',
      hint: "Leave the input `token` out, which takes the workflow's own, or set it to a secret that exists.",
    });
  }
  const [{ Octokit }, { retry }, { throttling }] = await Promise.all([
    import('@octokit/rest'),
    import('@octokit/plugin-retry'),
    import('@octokit/plugin-throttling'),
  ]);
  const github = new (Octokit.plugin(throttling, retry))({
    ...(token === null ? {} : { auth: token }),
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: `tracey/${version}`,
    log: { debug: () => {}, info: () => {}, warn: onWarning, error: () => {} },
    request: { fetch: createFetch(signal, patience.requestTimeoutMs) },
    retry: {
      retries: patience.retries,
      retryAfterBaseValue: patience.secondMs,
      doNotRetry: FINAL_STATUSES,
    },
    throttle: {
      retryAfterBaseValue: patience.secondMs,
      ...(patience.secondMs < PATIENCE.secondMs ? WITHOUT_GAPS : {}),
      ...createRateLimitHandlers(patience, onWarning),
    },
  });
  github.hook.before('request', (request) => {
    request.headers['x-github-api-version'] = API_VERSION;
  });
  // Outermost, since the plug-ins sleep between two tries and hear no signal.
  github.hook.wrap('request', (request, parameters) => waitFor(signal, () => request(parameters)));
  return github;
}

const noGap = {
  key: () => ({ schedule: (_options: unknown, work: () => Promise<void>) => work() }),
};
/** In place of the plug-in's own groups, which leave one to three seconds between two writes. */
const WITHOUT_GAPS: object = { write: noGap, notifications: noGap };

function createFetch(signal: AbortSignal, timeoutMs: number): typeof fetch {
  return (input, init) =>
    fetch(input, { ...init, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
}

function createRateLimitHandlers(patience: Patience, onWarning: (text: string) => void) {
  const decide =
    (name: string) =>
    (seconds: number, _request: unknown, _octokit: unknown, tries: number): boolean => {
      if (tries >= patience.rateLimitRetries || seconds * 1000 > patience.rateLimitWaitMs) return false;
      onWarning(`GitHub's ${name} is reached: trying again in ${seconds} s.`);
      return true;
    };
  return { onRateLimit: decide('rate limit'), onSecondaryRateLimit: decide('secondary rate limit') };
}

async function waitFor<Result>(signal: AbortSignal, start: () => Result | Promise<Result>): Promise<Result> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([start(), promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
