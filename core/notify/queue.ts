/**
 * Mails that wait for the mail server, a file each in the data folder (mode 0600): what cannot be sent now is tried
 * again at the next job. A mail holds no settings of the server, so no password. Files change by renaming alone: a crash
 * leaves a mail where it was, and of two processes one sends it.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findSystemCode } from '../errors.ts';
import { z } from '../zod.ts';

const mailSchema = z.strictObject({
  to: z.array(z.string()).min(1),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  /** Stays the same however often it is sent, so that one that arrives twice can be told from two. */
  messageId: z.string(),
  /** Ids of earlier mails about the same. */
  references: z.array(z.string()),
});
export type Mail = z.infer<typeof mailSchema>;

/** What waits at most: a server that was away for longer than that need not hear of it. */
export const QUEUE_LIMITS = { mails: 50, ageMs: 3 * 24 * 60 * 60_000 } as const;
/** Sending takes seconds: whoever claimed a mail so long ago is dead. */
const CLAIM_MS = 10 * 60_000;

/** `<when it was queued>-<uuid>.json`; while it is sent `….<when that began>.sending`. Times in ms, so that names sort by age. */
const WAITING = /^(\d{13})-[\da-f-]{36}\.json$/;
const CLAIMED = /^(\d{13}-[\da-f-]{36})\.(\d{13})\.sending$/;

export interface MailQueue {
  /** Puts a mail at the end. */
  readonly add: (mail: Mail) => Promise<void>;
  /**
   * Sends what waits, oldest first, and ends with the first mail that cannot be sent: it and those behind it stay.
   *
   * @param send resolves with the recipients that are still to get it
   * @returns how many were sent, and how many wait
   * @throws whatever `send` throws
   */
  readonly flush: (send: (mail: Mail) => Promise<readonly string[]>) => Promise<FlushedQueue>;
}

export interface FlushedQueue {
  readonly sent: number;
  readonly waiting: number;
}

export interface QueueOptions {
  /** Made with the first mail. */
  readonly folder: string;
  readonly now: () => Date;
  /** So many mails were given up, for the reason. */
  readonly onDropped: (count: number, why: string) => void;
}

/** The queue in a folder. */
export function openMailQueue({ folder, now, onDropped }: QueueOptions): MailQueue {
  return {
    async add(mail) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await put(folder, `${formatTime(now())}-${randomUUID()}.json`, mail);
      const waiting = await listWaiting(folder);
      const surplus = waiting.slice(0, Math.max(0, waiting.length - QUEUE_LIMITS.mails));
      for (const name of surplus) await rm(join(folder, name), { force: true });
      if (surplus.length > 0) onDropped(surplus.length, `more than ${QUEUE_LIMITS.mails} wait`);
    },
    async flush(send) {
      await returnAbandoned(folder, now());
      await dropOld(folder, { now: now(), onDropped });
      let sent = 0;
      for (const name of await listWaiting(folder)) {
        const claimed = await claim(folder, name, now());
        if (claimed === null) continue;
        const mail = await readMail(join(folder, claimed));
        if (mail === null) {
          await rm(join(folder, claimed), { force: true });
          onDropped(1, 'it cannot be read');
          continue;
        }
        let rest: readonly string[] = mail.to;
        try {
          rest = await send(mail);
          if (rest.length === 0) sent += 1;
        } finally {
          await settle(folder, {
            claimed,
            name,
            mail: { ...mail, to: [...rest] },
            isShorter: rest.length < mail.to.length,
          });
        }
      }
      return { sent, waiting: (await listWaiting(folder)).length };
    },
  };
}

/** Writes a file that is complete from the moment it is there. */
async function put(folder: string, name: string, mail: Mail): Promise<void> {
  const draft = join(folder, `${randomUUID()}.tmp`);
  try {
    await writeFile(draft, JSON.stringify(mail), { mode: 0o600, flush: true });
    await rename(draft, join(folder, name));
  } catch (thrown) {
    await rm(draft, { force: true });
    throw thrown;
  }
}

/** Null when somebody else has it. */
async function claim(folder: string, name: string, now: Date): Promise<string | null> {
  const claimed = `${name.slice(0, -'.json'.length)}.${formatTime(now)}.sending`;
  return (await moveIfThere(join(folder, name), join(folder, claimed))) ? claimed : null;
}

/** Back into the queue for whoever did not get it, else gone. */
async function settle(
  folder: string,
  {
    claimed,
    name,
    mail,
    isShorter,
  }: { readonly claimed: string; readonly name: string; readonly mail: Mail; readonly isShorter: boolean },
): Promise<void> {
  if (mail.to.length === 0) {
    await rm(join(folder, claimed), { force: true });
    return;
  }
  if (isShorter) await put(folder, claimed, mail);
  await moveIfThere(join(folder, claimed), join(folder, name));
}

/** What somebody began to send and never ended waits again. */
async function returnAbandoned(folder: string, now: Date): Promise<void> {
  for (const name of await listNames(folder)) {
    const [, stem, since] = CLAIMED.exec(name) ?? [];
    if (stem === undefined || now.getTime() - Number(since) < CLAIM_MS) continue;
    await moveIfThere(join(folder, name), join(folder, `${stem}.json`));
  }
}

async function dropOld(
  folder: string,
  { now, onDropped }: Pick<QueueOptions, 'onDropped'> & { readonly now: Date },
): Promise<void> {
  const isOld = (name: string) => now.getTime() - Number(WAITING.exec(name)?.[1]) > QUEUE_LIMITS.ageMs;
  const old = (await listWaiting(folder)).filter(isOld);
  for (const name of old) await rm(join(folder, name), { force: true });
  const days = QUEUE_LIMITS.ageMs / (24 * 60 * 60_000);
  if (old.length > 0) onDropped(old.length, `not sent within ${days} days`);
}

/** Null when it is nothing that was queued. */
async function readMail(file: string): Promise<Mail | null> {
  try {
    return mailSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (thrown) {
    if (thrown instanceof z.ZodError || thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}

/** Oldest first. */
async function listWaiting(folder: string): Promise<string[]> {
  return (await listNames(folder)).filter((name) => WAITING.test(name)).sort();
}

async function listNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (findSystemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

async function moveIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (thrown) {
    if (findSystemCode(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}

function formatTime(time: Date): string {
  return String(time.getTime()).padStart(13, '0');
}
