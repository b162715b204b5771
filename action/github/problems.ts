/**
 * What a failed request means for a person: what could not be done, what GitHub said, and what to do about it, e.g. which
 * line is missing under `permissions:`. No message holds a token, whoever repeats it.
 */
import { findSystemCode, formatThrown, JobError, TraceyError } from '../../core/errors.ts';
import { formatUntrusted } from '../../core/text.ts';

/** Something that was asked of GitHub. */
export interface Asked {
  /** What could not be done, as the beginning of a message: `Commit status`. */
  readonly what: string;
  /** The line under `permissions:` that allows it, e.g. `statuses: write`. */
  readonly permission: string;
  /** `owner/name` of the repo it was about. */
  readonly repository: string;
  /** Whether the event is a pull request from a fork, whose token may only read. */
  readonly isFork: boolean;
  /** Empty when there is none. */
  readonly token: string;
  readonly apiUrl: string;
  /** The time now, in ms since 1970; the clock when left out. */
  readonly nowMs?: number;
}

/** A failed answer, as Octokit throws it. */
interface FailedAnswer {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

const SAID_LENGTH = 300;
/** Certificates that Node does not trust; the list is OpenSSL's. */
const CERTIFICATE_CODE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/;

/**
 * The problem behind anything that a request threw. `code` is one of `github/unauthorized`, `github/forbidden`,
 * `github/not-found`, `github/conflict`, `github/refused`, `github/rate-limited`, `github/server-error`,
 * `github/unreachable`, `github/interrupted`; a TraceyError stays what it is, and a defect of ours too.
 */
export function createProblem(thrown: unknown, asked: Asked): unknown {
  if (thrown instanceof TraceyError) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new JobError(`${asked.what}: interrupted.`, { code: 'github/interrupted', cause: thrown });
  }
  const answer = findAnswer(thrown);
  const said = answer ? describeAnswer(answer, asked) : describeNetwork(thrown, asked);
  if (said === null) return thrown;
  const { code, happened, hint } = said;
  return new JobError(`${asked.what}: ${happened}`, { code, hint, cause: thrown });
}

interface Said {
  readonly code: string;
  readonly happened: string;
  readonly hint: string;
}

function describeAnswer(answer: FailedAnswer, asked: Asked): Said {
  const { status } = answer;
  const words = formatWords(answer.message, asked);
  const limit = findRateLimit(answer, asked.nowMs ?? Date.now());
  if (limit !== null) {
    return {
      code: 'github/rate-limited',
      happened: `GitHub's rate limit is reached${limit === '' ? '' : `; it resets ${limit}`} (${status}: ${words}).`,
      hint: 'Run the job again then. A token of your own has a limit of its own.',
    };
  }
  if (status === 401) {
    return {
      code: 'github/unauthorized',
      happened: `GitHub does not accept the token (401: ${words}).`,
      hint: 'Check the input `token`: a token of your own may have expired or been revoked.',
    };
  }
  if (status === 403) {
    return {
      code: 'github/forbidden',
      happened: `GitHub does not allow it (403: ${words}).`,
      hint: findForbiddenHint(answer, asked),
    };
  }
  if (status === 404) {
    return {
      code: 'github/not-found',
      happened: `GitHub does not find it, or does not show it to this token (404: ${words}).`,
      hint: `Check that ${formatUntrusted(asked.repository)} is there and the token may see it. ${formatPermissionHint(asked)}`,
    };
  }
  if (status === 409) {
    return {
      code: 'github/conflict',
      happened: `somebody else changed it at the same time (409: ${words}).`,
      hint: 'Run the job again.',
    };
  }
  if (status >= 500) {
    return {
      code: 'github/server-error',
      happened: `GitHub has a problem of its own (${status}: ${words}), also when asked again.`,
      hint: 'See https://www.githubstatus.com, and run the job again later.',
    };
  }
  return {
    code: 'github/refused',
    happened: `GitHub refuses it (${status}: ${words}).`,
    hint: 'If what it says is nothing that you can change, please report it with this text.',
  };
}

function findForbiddenHint({ message }: FailedAnswer, asked: Asked): string {
  if (/archived/i.test(message)) return 'An archived repository can only be read.';
  if (/locked/i.test(message)) return 'Unlock the conversation, or set `comment: never`.';
  if (/\b(SAML|SSO)\b/.test(message)) return 'Authorize the token for the organization (single sign-on).';
  if (/allow list|IP address/i.test(message))
    return "Put this machine's address on the organization's IP allow list.";
  return formatPermissionHint(asked);
}

function formatPermissionHint({ isFork, permission }: Asked): string {
  const line = `Add \`${permission}\` under \`permissions:\` in the workflow`;
  if (!isFork) return `${line}; a token of your own needs the same.`;
  return `For a pull request from a fork the workflow's token may only read, whatever \`permissions:\` says.`;
}

/** When the limit resets, for people; empty when GitHub does not say; null when it is no rate limit. */
function findRateLimit({ status, message, headers }: FailedAnswer, nowMs: number): string | null {
  if (status !== 403 && status !== 429) return null;
  const isSecondary = /secondary rate|abuse detection/i.test(message);
  const isUsedUp = headers['x-ratelimit-remaining'] === '0';
  const waitSeconds = Number(headers['retry-after'] ?? Number.NaN);
  if (status === 403 && !isSecondary && !isUsedUp && Number.isNaN(waitSeconds)) return null;
  const resetMs = Number.isNaN(waitSeconds)
    ? isUsedUp
      ? Number(headers['x-ratelimit-reset']) * 1000
      : Number.NaN
    : nowMs + waitSeconds * 1000;
  // Dates end in the year 275760; a header may say anything.
  if (!(Math.abs(resetMs) <= 8.64e15)) return '';
  return `at ${new Date(resetMs).toISOString().replace(/\.\d+/, '')}`;
}

function describeNetwork(thrown: unknown, asked: Asked): Said | null {
  const chain = listCauses(thrown);
  const { apiUrl } = asked;
  const host = formatUntrusted(URL.canParse(apiUrl) ? new URL(apiUrl).host : apiUrl);
  if (chain.some((one) => one instanceof Error && one.name === 'TimeoutError')) {
    return {
      code: 'github/unreachable',
      happened: `${host} did not answer in time, also when asked again.`,
      hint: 'Check the network of this machine, and https://www.githubstatus.com.',
    };
  }
  const code = chain.map(findSystemCode).find((one) => one !== undefined);
  if (code === undefined && !chain.some(isFetchFailure)) return null;
  const words = formatWords(code ?? formatThrown(chain.at(-1)), asked);
  return {
    code: 'github/unreachable',
    happened: `${host} cannot be reached (${words}).`,
    hint: CERTIFICATE_CODE.test(code ?? '')
      ? 'Make the certificate of your server known to Node with `NODE_EXTRA_CA_CERTS` in the environment of the runner.'
      : 'Check the network, the name server and the firewall of this machine; behind a proxy the runner needs `NODE_USE_ENV_PROXY=1` in its environment.',
  };
}

function isFetchFailure(thrown: unknown): boolean {
  return thrown instanceof TypeError && thrown.message === 'fetch failed';
}

function listCauses(thrown: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let one = thrown; one !== undefined && chain.length < 8; one = (one as { cause?: unknown }).cause) {
    chain.push(one);
    if (!(one instanceof Error)) break;
  }
  return chain;
}

/** Octokit's errors without an answer have the status 500, too. */
function findAnswer(thrown: unknown): FailedAnswer | null {
  if (!(thrown instanceof Error)) return null;
  const { response } = thrown as { response?: { status?: unknown; headers?: object; data?: unknown } };
  if (typeof response?.status !== 'number') return null;
  const message = (response.data as { message?: unknown } | undefined)?.message;
  return {
    status: response.status,
    message: typeof message === 'string' ? formatDetails(message, response.data) : 'no message',
    headers: { ...response.headers },
  };
}

/** What a 422 is about stands beside its message. */
function formatDetails(message: string, data: unknown): string {
  const { errors } = data as { errors?: unknown };
  if (!Array.isArray(errors) || errors.length === 0) return message;
  const texts = errors.map((one: unknown) =>
    typeof one === 'string' ? one : ((one as { message?: string } | null)?.message ?? JSON.stringify(one)),
  );
  return `${message}: ${texts.join(', ')}`;
}

/** Somebody else's words in a sentence of ours; the token is taken out before anything is cut. */
function formatWords(text: string, { token }: Asked): string {
  const hidden = token === '' ? text : text.replaceAll(token, '***');
  const clean = formatUntrusted(hidden.replace(/[.\s]+$/, ''));
  return clean.length > SAID_LENGTH ? `${clean.slice(0, SAID_LENGTH - 1)}…` : clean;
}
