/**
 * Telling by mail: from a job's findings to a digest in the queue, and from the queue to the server. It happens when the
 * machine is free again, within a bounded time, and fails in warnings only.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { SmtpConfig } from '../config/config.ts';
import { ConfigError, formatThrown, NotifyError } from '../errors.ts';
import { formatCount } from '../units.ts';
import { type CommitLinks, renderDigest } from './digest.ts';
import type { Finding } from './finding.ts';
import { computeFindings, type JobFacts } from './findings.ts';
import { type KnownProblem, type KnownProblems, openKnownProblems } from './known.ts';
import { type Mail, type MailQueue, openMailQueue } from './queue.ts';
import { type MailServer, openMailServer, parseRecipient } from './smtp.ts';

export interface EmailOptions {
  readonly smtp: SmtpConfig;
  /** At least one address. */
  readonly recipients: readonly string[];
  /** Where the queue and the known problems are kept. */
  readonly folder: string;
  readonly links: CommitLinks | null;
  readonly version: string;
  readonly now: () => Date;
  /** Ends sending; what is not sent by then waits. */
  readonly signal: AbortSignal;
  readonly onWarning: (warning: Error) => void;
}

/** Tells what is new of a job, and sends what waits. Throws nothing: what fails is a warning. */
export async function tellByEmail(job: JobFacts, options: EmailOptions): Promise<void> {
  try {
    const server = openMailServer(options.smtp);
    const to = options.recipients.map(parseRecipient);
    const queue = openQueue(options);
    await queueFindings(job, { ...options, to, server, queue });
    await sendQueue(queue, server, options);
  } catch (thrown) {
    options.onWarning(isOurs(thrown) ? thrown : createProblem(thrown));
  }
}

/** Says already which channel it is about. */
function isOurs(thrown: unknown): thrown is Error {
  return thrown instanceof NotifyError || thrown instanceof ConfigError;
}

function openQueue({ folder, now, onWarning }: EmailOptions): MailQueue {
  return openMailQueue({
    folder: join(folder, 'queue'),
    now,
    onDropped: (count, why) => {
      onWarning(
        new NotifyError(`E-mail: gave up ${formatCount(count, 'mail')} that waited: ${why}.`, {
          code: 'notify/mail-dropped',
          hint: 'Look at the warnings of earlier jobs for what kept the mail server from taking them.',
        }),
      );
    },
  });
}

/** Puts a digest of what nobody was told of yet into the queue. */
async function queueFindings(
  job: JobFacts,
  options: EmailOptions & {
    readonly to: readonly string[];
    readonly server: MailServer;
    readonly queue: MailQueue;
  },
): Promise<void> {
  const { folder, now, links, version, to, server, queue } = options;
  const known = openKnownProblems(join(folder, 'known'), now);
  const told = new Map((await known.list()).map((one) => [one.problem.id, one]));
  const problems = [...told.values()].map(({ problem }) => problem);
  const messageId = `<${randomUUID()}@${server.domain}>`;
  const findings: Finding[] = [];
  for (const finding of computeFindings(job, problems)) {
    if (await note(known, finding, { messageId, now })) findings.push(finding);
  }
  if (findings.length === 0) return;
  const references = findings.flatMap(({ id }) => told.get(id)?.messageId ?? []);
  const mail: Mail = {
    ...renderDigest({ findings, links, version }),
    to: [...to],
    messageId,
    references: [...new Set(references)],
  };
  try {
    await queue.add(mail);
  } catch (thrown) {
    // Nobody was told, so the next job has it to tell again.
    for (const finding of findings) await takeBack(known, finding, told);
    throw thrown;
  }
}

/** Notes that a finding is being told; false when another job does it. */
async function note(
  known: KnownProblems,
  finding: Finding,
  { messageId, now }: { readonly messageId: string; readonly now: () => Date },
): Promise<boolean> {
  if (finding.kind === 'recovered') return known.release(finding.id);
  // The store knows what is gone already.
  if (finding.kind === 'vanished') return true;
  return known.claim({ problem: finding, toldAt: now().toISOString(), messageId });
}

async function takeBack(
  known: KnownProblems,
  finding: Finding,
  told: ReadonlyMap<string, KnownProblem>,
): Promise<void> {
  if (finding.kind === 'vanished') return;
  const before = told.get(finding.id);
  if (finding.kind !== 'recovered') await known.release(finding.id);
  else if (before) await known.claim(before);
}

/** What cannot be sent is told once, with what becomes of it. */
async function sendQueue(
  queue: MailQueue,
  server: MailServer,
  { signal, onWarning }: EmailOptions,
): Promise<void> {
  try {
    await queue.flush(async (mail) => {
      const { rest, refusal } = await server.send(mail, signal);
      if (refusal !== null) onWarning(rest.length > 0 ? addWaiting(refusal) : refusal);
      return rest;
    });
  } catch (thrown) {
    throw thrown instanceof NotifyError ? addWaiting(thrown) : thrown;
  }
}

function addWaiting(error: NotifyError): NotifyError {
  const waits = 'The mail waits, and is sent again with the next job.';
  return new NotifyError(error.message, {
    code: error.code,
    hint: error.hint === undefined ? waits : `${error.hint} ${waits}`,
    cause: error.cause,
  });
}

function createProblem(cause: unknown): NotifyError {
  return new NotifyError(`E-mail: ${formatThrown(cause)}.`, {
    code: 'notify/mail-failed',
    hint: 'Check that the data folder can be written.',
    cause,
  });
}
