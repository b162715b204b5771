/**
 * The one definition of `.tracey.yml`, in the spelling of the file: what is checked, what editors are told, and
 * the types all come from here. Nothing is coerced and no default is filled in. Rules that need more than one
 * value live in checks.ts; the ancestor's keys that have no use any more are marked `deprecated`.
 */
import { z } from '../zod.ts';
import { type Complaint, findScheduleComplaint, SCHEDULE_EXAMPLE } from './schedule.ts';

/** What editors show of a key. */
interface Meta {
  readonly description: string;
  readonly examples?: unknown[];
  readonly deprecated?: boolean;
  /** For editors only, which see a text before its variables are replaced. */
  readonly pattern?: string;
}

/** A key that may be left out, or left empty, which is the same. */
function optional<Type extends z.ZodType>(type: Type, meta: Meta) {
  return type.nullish().meta({ ...meta });
}

/** Text that is not empty and obeys a rule of its own. */
function text(findComplaint: (text: string) => Complaint | null = () => null) {
  return z
    .string()
    .min(1, { error: 'must not be empty' })
    .superRefine((value, context) => {
      const complaint = value === '' ? null : findComplaint(value);
      if (complaint === null) return;
      context.addIssue({ code: 'custom', message: complaint.what, params: { hint: complaint.hint } });
    });
}

/** A rule that is one regular expression. */
function matching(pattern: RegExp, what: string, hint: string | null = null) {
  return (value: string): Complaint | null => (pattern.test(value) ? null : { what, hint });
}

const NAME_HINT = 'For github.com/happner/tracey write owner: "happner" and name: "tracey".';
const ownerText = text(matching(/^[A-Za-z\d][A-Za-z\d_-]{0,38}$/, 'must be an account on GitHub', NAME_HINT));
const repoText = text(
  matching(/^(?!\.{1,2}$)(?!.*\.git$)[\w.-]{1,100}$/, "must be a repo's name on GitHub", NAME_HINT),
);

const jobTypeText = text(
  matching(
    /^[A-Za-z\d][\w.-]{0,63}$/,
    'must be a name of letters, digits, ".", "_" and "-"',
    'Example: "performance-tracker-lite".',
  ),
);

const insideRepoText = text((value) =>
  /^([/\\]|[A-Za-z]:)/.test(value) || value.split(/[/\\]/).includes('..')
    ? { what: 'must be a path inside the repo', hint: 'Example: "test".' }
    : null,
);

const hostText = text(
  matching(/^[^\s/@]+$/, 'must be a host name or address alone', 'Example: "192.168.0.4".'),
);

const urlText = text((value) => {
  const url = URL.parse(value);
  if (url !== null && /^https?:$/.test(url.protocol)) return null;
  return { what: 'must be an address that starts with http:// or https://', hint: null };
});

const targetText = text(
  matching(
    /^[a-z0-9_]+-[a-z0-9_]+-[a-z0-9_]+-node\d+$/,
    'must be platform-arch-libc-node<ABI>',
    'Example: "linux-arm64-glibc-node137".',
  ),
);

const emailText = text(
  matching(/^[^\s@<>,;"]+@[^\s@<>,;"]+$/, 'must be an e-mail address', 'Example: "team@example.org".'),
);

const senderText = text(
  matching(
    /^([^\r\n@<>]*<)?[^\s@<>,;"]+@[^\s@<>,;"]+>?$/,
    'must be an e-mail address, with a name before it or without',
    'Example: "Tracey <tracey@example.org>".',
  ),
);

const nodeText = text(
  matching(/^\S{1,40}$/, 'must be a Node.js version or a line of versions', 'Examples: "22", "0.10", "lts".'),
);

/** A number, or its digits in quotes as the ancestor's file has them. */
const port = z
  .union([z.number(), z.string()], { error: 'must be a port from 1 to 65535' })
  .superRefine((value, context) => {
    const digits = String(value);
    if (/^\d{1,5}$/.test(digits) && Number(digits) >= 1 && Number(digits) <= 65_535) return;
    context.addIssue({ code: 'custom', message: 'must be a port from 1 to 65535' });
  });

const secretExample = (name: string) => [`\${${name}}`];

const openObject = z.record(z.string(), z.unknown());

/** Ways in which files that a job type wrote get into the repo. */
export const DELIVERIES = ['commit', 'pull-request'] as const;

const outputSchema = z.strictObject({
  deliver: z.enum(DELIVERIES).meta({
    description: 'With a commit to the branch, or with a pull request that is kept up to date.',
  }),
  path: optional(insideRepoText, {
    description: "Folder of the repo that they are written into. Default: docs/ and the job type's name.",
    examples: ['docs/protocol'],
  }),
  branch: optional(text(), {
    description: 'Branch that they are for. Default: the measured one.',
    examples: ['main'],
  }),
});

const jobTypeSchema = z.strictObject({
  name: jobTypeText.meta({ description: 'Name by which repos refer to it; stored with every run.' }),
  path: optional(text(), {
    description: 'npm package or path of an external job type; not needed for a built-in one.',
    examples: ['./job-types/load-test.js', '@example/tracey-load-test'],
  }),
  settings: optional(openObject, {
    description: 'Whatever this job type understands; it checks them itself.',
  }),
  output: optional(outputSchema, {
    description: 'Where the files that this job type writes for people go on GitHub.',
  }),
});

const githubSchema = z.strictObject({
  token: optional(text(), {
    description: 'Token for commit statuses, comments and private repos. Name a variable, never the token.',
    examples: secretExample('GITHUB_TOKEN'),
  }),
  secret: optional(z.string(), {
    description: 'Not used any more: the workflow is started by GitHub, not by webhooks.',
    deprecated: true,
  }),
  user: optional(
    z.strictObject({
      name: optional(z.string(), { description: 'Not used any more.', deprecated: true }),
      email: optional(z.string(), { description: 'Not used any more.', deprecated: true }),
      token: optional(z.string(), { description: 'Write github.token instead.', deprecated: true }),
      secret: optional(z.string(), { description: 'Not used any more.', deprecated: true }),
    }),
    { description: "The ancestor's place for the token; write github.token instead.", deprecated: true },
  ),
});

const ipfsSchema = z.strictObject({
  host: optional(hostText, { description: "Host of the IPFS node's RPC.", examples: ['192.168.0.4'] }),
  port: optional(port, { description: "Port of the IPFS node's RPC.", examples: [5001] }),
  url: optional(urlText, {
    description: "Full address of the IPFS node's RPC, in place of host and port.",
    examples: ['https://ipfs.example.org'],
  }),
  gateway: optional(urlText, {
    description: 'Gateway to fetch artifacts from; what it sends is verified.',
    examples: ['https://ipfs.io'],
  }),
  token: optional(text(), {
    description: 'Bearer token for the RPC. Name a variable, never the token.',
    examples: secretExample('IPFS_TOKEN'),
  }),
});

const artifactsSchema = z.strictObject({
  folder: optional(text(), {
    description:
      'Not needed: nothing is kept on the way, and artifacts are unpacked beside the place they are for.',
  }),
  index: optional(text(), {
    description:
      'Which artifact fits which lockfile: a file in each repo; or ipfs, or a path that begins with /, in the files of the IPFS node.',
    examples: ['artifact_hashes.txt', 'ipfs'],
  }),
  ipfs: optional(ipfsSchema, { description: 'The IPFS node that holds the artifacts.' }),
  upload: optional(z.boolean(), {
    description: 'true on the primary, which installs and uploads; false on field devices, which only fetch.',
  }),
  targets: optional(z.array(targetText), {
    description:
      'Kinds of machines that what a primary makes is for, too, as long as nothing in it is compiled for one kind.',
    examples: [['linux-arm64-glibc-node137']],
  }),
});

const repoSchema = z.strictObject({
  owner: ownerText.meta({ description: 'Account that owns the repo.', examples: ['happner'] }),
  name: repoText.meta({ description: "The repo's name, without the owner.", examples: ['tracey'] }),
  testFolder: optional(insideRepoText, {
    description: "Folder of the tests, relative to the repo's root. Default: what the test framework says.",
    examples: ['test'],
  }),
  node_js: optional(z.array(nodeText).min(1, { error: 'must name at least one Node.js version' }), {
    description: 'Node.js versions to measure on, each in quotes: a number would turn 0.10 into 0.1.',
    examples: [['22', '24', 'lts']],
  }),
  job_type: optional(jobTypeText, { description: 'A built-in job type, or one of job_types.' }),
  schedule: optional(text(findScheduleComplaint), {
    description: 'When to run: second, minute, hour, day of the month, month, day of the week.',
    examples: [SCHEDULE_EXAMPLE],
    pattern: '^\\s*\\S+(\\s+\\S+){5}\\s*$|\\$\\{',
  }),
});

const jobSchema = z.strictObject({
  folder: optional(text(), { description: 'Where the private folder of each job is made.' }),
  waitMinutes: optional(
    z
      .number()
      .min(0, { error: 'must be 0 or more minutes' })
      .max(10_080, { error: 'must be at most 10080 minutes, a week' }),
    { description: 'How long to wait for another job on the same machine to end.', examples: [60] },
  ),
});

const smtpSchema = z.strictObject({
  host: hostText.meta({ description: 'Host of the mail server.', examples: ['smtp.example.org'] }),
  port: optional(port, { description: 'Port of the mail server.', examples: [587] }),
  secure: optional(z.boolean(), {
    description: 'true: TLS from the first byte (port 465). false: STARTTLS where the server offers it.',
  }),
  user: optional(text(), { description: 'Account on the mail server.' }),
  password: optional(text(), {
    description: 'Its password. Name a variable, never the password.',
    examples: secretExample('SMTP_PASSWORD'),
  }),
  from: optional(senderText, {
    description: 'Sender of the mails.',
    examples: ['Tracey <tracey@example.org>'],
  }),
});

const notifySchema = z.strictObject({
  recipients: optional(z.array(emailText), { description: 'Who gets a mail about errors and slower tests.' }),
  threshold: optional(
    z
      .number()
      .gt(0, { error: 'must be above 0 percent' })
      .max(1000, { error: 'must be at most 1000 percent' }),
    {
      description: 'By how many percent the total of a run must have grown to count as slower. Default: 10.',
      examples: [10],
    },
  ),
  smtp: optional(smtpSchema, { description: 'The mail server that sends the mails.' }),
});

/** How a gauge says what it is about. */
const STATSD_STYLES = ['names', 'tags'] as const;
export type StatsdStyle = (typeof STATSD_STYLES)[number];

const statsdSchema = z.strictObject({
  host: hostText.meta({ description: 'Host of the StatsD server.' }),
  port: optional(port, { description: 'UDP port of the StatsD server.', examples: [8125] }),
  style: optional(z.enum(STATSD_STYLES, { error: `must be ${STATSD_STYLES.join(' or ')}` }), {
    description:
      "names: everything is in a gauge's name, as the ancestor had it, for Graphite. tags: DogStatsD's tags beside few names.",
    examples: ['names'],
  }),
});

const historySchema = z.strictObject({
  keepSamples: optional(z.int().min(1).max(1_000_000), {
    description:
      'How many of the newest runs of a repo in an environment keep each sample, hooks, CPU time and output; older ones keep medians, spread, outcomes and failures.',
    examples: [100],
  }),
});

const confirmSchema = z.strictObject({
  minutes: optional(
    z
      .number()
      .min(0, { error: 'must be 0 or more minutes' })
      .max(1440, { error: 'must be at most 1440 minutes, a day' }),
    {
      description:
        'Longest time that a job may take to rerun base and head of suspects by turns, on each Node version; 0 for none. Default: 10.',
      examples: [10],
    },
  ),
  pairs: optional(
    z
      .int()
      .min(10, { error: 'must be at least 10 pairs' })
      .max(100_000, { error: 'must be at most 100000 pairs' }),
    {
      description: 'Most pairs of base and head for one test file. Default: 400.',
      examples: [400],
    },
  ),
  level: optional(
    z
      .number()
      .min(0.9, { error: 'must be at least 0.9' })
      .max(0.999999, { error: 'must be at most 0.999999' }),
    {
      description: 'How sure a verdict is to be, for all suspects of a job together. Default: 0.999.',
      examples: [0.999],
    },
  ),
});

const renameSchema = z.strictObject({
  from: text().meta({
    description: 'What it was called: a test, a suite or a file, as the history names it.',
    examples: ['test/a.js > app > old title'],
  }),
  to: text().meta({
    description: 'What it is called now. What is beneath a suite or file goes with it.',
    examples: ['test/a.js > app > new title'],
  }),
});

/** `.tracey.yml` as a person writes it; an empty file is valid. */
export const configFileSchema = z.strictObject({
  job_types: optional(z.array(jobTypeSchema), {
    description: 'Job types from outside, and settings of the built-in ones.',
  }),
  github: optional(githubSchema, {
    description: 'How to reach GitHub; inside GitHub Actions nothing is needed.',
  }),
  artifacts: optional(artifactsSchema, { description: 'Packed node_modules, kept in IPFS.' }),
  repos: optional(z.array(repoSchema), { description: 'The repos to measure, and how.' }),
  job: optional(jobSchema, { description: 'How jobs run on this machine.' }),
  history: optional(historySchema, { description: 'What is kept of older runs.' }),
  renames: optional(z.array(renameSchema), {
    description:
      'Tests, suites and files that were given another name, and whose history goes on under it. Suggested where the bodies of tests tell.',
  }),
  confirm: optional(confirmSchema, {
    description: 'How much it may cost to prove that a suspect is slower, and how sure that must be.',
  }),
  notify: optional(notifySchema, { description: 'Who is told, how, and from which change on.' }),
  statsd: optional(statsdSchema, { description: 'Where the times are also sent as StatsD gauges.' }),
  queue: optional(openObject, {
    description:
      'Not used any more: GitHub Actions queues the jobs, and a lock on the machine runs one at a time.',
    deprecated: true,
  }),
  url: optional(z.string(), {
    description: 'Not used any more: no webhooks are received.',
    deprecated: true,
  }),
  benchmarket: optional(openObject, {
    description: 'Not used any more: results are kept in a SQLite database of your own.',
    deprecated: true,
  }),
});
export type ConfigFile = z.infer<typeof configFileSchema>;
