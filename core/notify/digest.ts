/**
 * A mail about the findings of one job: subject, text and HTML say the same. It is put together here as paragraphs; the two
 * renderings know nothing of findings.
 */
import { cutText, formatUntrusted } from '../text.ts';
import { formatCount, formatDuration, formatRatio } from '../units.ts';
import { type Block, type Paragraph, renderHtml, renderText } from './digest-render.ts';
import type {
  CommitRef,
  ErrorFinding,
  Finding,
  OverdueFinding,
  Place,
  RecoveredFinding,
  SlowerFinding,
  VanishedFinding,
} from './finding.ts';
import { formatQuote, formatQuotedLines } from './quote.ts';
import { countVanished, describeVanished } from './vanished.ts';
import { formatBack, formatOverdue } from './watch-runners.ts';

/** Where commits can be looked at; null where nobody knows. Addresses are of our making, their parts encoded. */
export interface CommitLinks {
  readonly formatCommit: (repository: string, sha: string) => string;
  /** What `head` has and `base` has not. */
  readonly formatCompare: (
    repository: string,
    range: { readonly base: string; readonly head: string },
  ) => string;
}

export interface DigestOptions {
  readonly findings: readonly Finding[];
  readonly links: CommitLinks | null;
  readonly version: string;
}

export interface Digest {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const SUBJECT_LENGTH = 120;
/** Findings of one kind that are told in full; a mail is no report. */
const SHOWN = 20;
const SHORT_SHA = 10;

/** The mail that tells findings, at least one. */
export function renderDigest({ findings, links, version }: DigestOptions): Digest {
  const errors = findings.filter((one) => one.kind === 'error');
  const slower = findings.filter((one) => one.kind === 'slower');
  const overdue = findings.filter((one) => one.kind === 'overdue');
  const vanished = findings.filter((one) => one.kind === 'vanished');
  const recovered = findings.filter((one) => one.kind === 'recovered');
  const blocks = [
    ...createBlocks('Could not measure', errors, (error) => describeError(error, links)),
    ...createBlocks('Overdue', overdue, describeOverdue),
    ...createBlocks('Slower', slower, (one) => describeSlower(one, links)),
    ...createBlocks('Gone', vanished, (one) => describeGone(one, links)),
    ...createBlocks('Recovered', recovered, (one) => describeRecovered(one, links)),
  ];
  const footer = [
    'Each problem is told once, and once more when it is over.',
    `Sent by Tracey ${version}; who gets this is in notify.recipients of .tracey.yml.`,
  ];
  return {
    subject: formatSubject(findings),
    text: renderText(blocks, footer),
    html: renderHtml(blocks, footer),
  };
}

function createBlocks<One extends Finding>(
  title: string,
  findings: readonly One[],
  describe: (finding: One) => Block,
): Block[] {
  if (findings.length === 0) return [];
  const more = findings.length - SHOWN;
  return [
    { level: 1, paragraphs: [{ kind: 'heading', text: title }] },
    ...findings.slice(0, SHOWN).map(describe),
    ...(more > 0 ? [{ level: 2, paragraphs: [{ kind: 'text', text: `… and ${more} more` }] } as const] : []),
  ];
}

/** One line whatever the findings say: `[Tracey] happner/sample: total +32.4 % on Node 24 (main)`. */
function formatSubject(findings: readonly Finding[]): string {
  const [first] = findings;
  if (first === undefined) return '[Tracey]';
  const { repository, branch } = getPlace(first);
  const count = (kind: Finding['kind']) => findings.filter((one) => one.kind === kind).length;
  const counts = [
    [count('error'), 'could not be measured'],
    [count('overdue'), 'overdue'],
    [count('slower'), 'slower'],
    [countGone(findings), 'tests gone'],
    [count('recovered'), 'recovered'],
  ] as const;
  const told =
    findings.length === 1
      ? formatOne(first)
      : counts.flatMap(([number, what]) => (number > 0 ? [`${number} ${what}`] : [])).join(', ');
  const where = branch === null ? '' : ` (${branch})`;
  const line = `[Tracey] ${repository}: ${told}${where}`.replace(/\s+/g, ' ');
  return cutText(formatUntrusted(line), SUBJECT_LENGTH);
}

function formatOne(finding: Finding): string {
  const on = formatNode(getPlace(finding));
  if (finding.kind === 'error') return `could not be measured${on}`;
  if (finding.kind === 'overdue') return `${finding.place.runner} is overdue`;
  if (finding.kind === 'vanished') return `${formatCount(countVanished(finding.tests), 'test')} gone${on}`;
  if (finding.kind === 'recovered') {
    const { problem } = finding;
    if (problem.kind === 'overdue') return `${problem.place.runner} is back`;
    return problem.kind === 'error'
      ? `can be measured again${on}`
      : `${formatSubjectName(problem)} recovered${on}`;
  }
  return `${formatSubjectName(finding)} ${formatRatio(finding.nowMs / finding.beforeMs)}${on}`;
}

function countGone(findings: readonly Finding[]): number {
  return countVanished(findings.flatMap((one) => (one.kind === 'vanished' ? one.tests : [])));
}

function getPlace(finding: Finding): Place {
  return finding.kind === 'recovered' ? finding.problem.place : finding.place;
}

function formatNode({ node }: Place): string {
  return node === null ? '' : ` on Node ${node}`;
}

function formatSubjectName({ subject }: SlowerFinding): string {
  return subject.kind === 'total' ? 'total' : subject.name;
}

function describeError({ place, commit, reason, log }: ErrorFinding, links: CommitLinks | null): Block {
  return {
    level: 2,
    paragraphs: [
      { kind: 'title', text: formatQuote(`${place.repository}${formatNode(place)}`), tone: 'bad' },
      ...describePlace(place),
      ...(commit === null ? [] : [describeCommit('Commit', place, { commit, links })]),
      { kind: 'lines', lines: formatQuotedLines(reason).slice(0, 20) },
      ...(log.length === 0
        ? []
        : ([
            { kind: 'text', text: 'The end of the log:' },
            { kind: 'lines', lines: log.flatMap(formatQuotedLines) },
          ] as const)),
    ],
  };
}

function describeSlower(finding: SlowerFinding, links: CommitLinks | null): Block {
  const { place, subject, beforeMs, nowMs, base, commit, trendMs, remarks } = finding;
  const what = subject.kind === 'total' ? `Total of ${place.repository}` : subject.name;
  const compare = links?.formatCompare(place.repository, { base: base.sha, head: commit.sha }) ?? null;
  return {
    level: 2,
    paragraphs: [
      {
        kind: 'title',
        text: `${formatQuote(what)}${formatNode(place)}: ${formatDuration(beforeMs)} → ${formatDuration(nowMs)}, ${formatRatio(nowMs / beforeMs)}`,
        tone: 'bad',
      },
      ...describePlace(place),
      describeCommit('Since', place, { commit, links }),
      describeCommit('Before', place, { commit: base, links }),
      ...(compare === null
        ? []
        : [{ kind: 'link', label: 'All between', text: null, url: compare } as const]),
      { kind: 'chart', valuesMs: trendMs },
      { kind: 'text', text: formatProof(finding) },
      ...remarks.map((remark) => ({ kind: 'text', text: formatQuote(remark) }) as const),
    ],
  };
}

function formatProof({ proof }: SlowerFinding): string {
  const { lowRatio, highRatio, pairs } = proof;
  return `Confirmed: before and after ran in turn on this machine, ${formatCount(pairs, 'pair')}; ${formatRatio(lowRatio)} to ${formatRatio(highRatio)}.`;
}

function describeOverdue(finding: OverdueFinding): Block {
  const { repository, runner, jobType } = finding.place;
  return {
    level: 2,
    paragraphs: [
      { kind: 'title', text: formatQuote(formatOverdue({ ...finding, repository, runner })), tone: 'bad' },
      { kind: 'text', text: `${formatQuote(jobType)}; the schedule is in .tracey.yml` },
    ],
  };
}

/** Names of tests that are told; a mail is no report. */
const NAMED = 20;

function describeGone(finding: VanishedFinding, links: CommitLinks | null): Block {
  const { place, tests, base, commit } = finding;
  const count = formatCount(countVanished(tests), 'test');
  const lines = tests.slice(0, NAMED).map((one) => {
    const what = describeVanished(one);
    return what === '' ? formatQuote(one.name) : `${formatQuote(one.name)} (${what})`;
  });
  const more = tests.length > NAMED ? [`… and ${tests.length - NAMED} more`] : [];
  return {
    level: 2,
    paragraphs: [
      {
        kind: 'title',
        text: `${count} of ${formatQuote(place.repository)} no longer there${formatNode(place)}`,
        tone: 'bad',
      },
      ...describePlace(place),
      describeCommit('Since', place, { commit, links }),
      describeCommit('Before', place, { commit: base, links }),
      { kind: 'lines', lines: [...lines, ...more] },
    ],
  };
}

function describeRecovered(finding: RecoveredFinding, links: CommitLinks | null): Block {
  const { problem, commit, nowMs } = finding;
  const { place } = problem;
  const what =
    problem.kind === 'overdue'
      ? formatQuote(formatBack(place))
      : problem.kind === 'error'
        ? `${formatQuote(place.repository)} can be measured again${formatNode(place)}`
        : `${formatQuote(problem.subject.kind === 'total' ? `Total of ${place.repository}` : problem.subject.name)}${formatNode(place)}: ${formatDuration(problem.nowMs)} → ${formatDuration(nowMs)}, before it was slow ${formatDuration(problem.beforeMs)}`;
  return {
    level: 2,
    paragraphs: [
      { kind: 'title', text: what, tone: 'good' },
      ...describePlace(place),
      ...(commit === null ? [] : [describeCommit('With', place, { commit, links })]),
    ],
  };
}

function describePlace({ branch, jobType, runner }: Place): Paragraph[] {
  const on = branch === null ? '' : `branch ${formatQuote(branch)}, `;
  return [{ kind: 'text', text: `${on}${formatQuote(jobType)} on ${formatQuote(runner)}` }];
}

function describeCommit(
  label: string,
  { repository }: Place,
  { commit, links }: { readonly commit: CommitRef; readonly links: CommitLinks | null },
): Paragraph {
  const { sha, subject, author } = commit;
  const by = author === '' ? '' : `, by ${formatQuote(author)}`;
  return {
    kind: 'link',
    label: `${label} ${formatUntrusted(sha.slice(0, SHORT_SHA))}`,
    text: `${formatQuote(subject)}${by}`,
    url: links?.formatCommit(repository, sha) ?? null,
  };
}
