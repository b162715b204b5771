/**
 * The problems that people were told of and that are not over yet, a file each in the data folder. They are kept beside the
 * store, not in it: they are about what this machine said to whom, mean nothing on a machine that a history is exported to,
 * and must be there when it is the store that fails. A file appears complete or not at all, and once: of two jobs that find
 * the same problem at the same moment one tells it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findSystemCode } from '../errors.ts';
import { z } from '../zod.ts';
import { problemSchema } from './finding.ts';

const knownSchema = z.strictObject({
  problem: problemSchema,
  /** UTC ISO 8601. */
  toldAt: z.iso.datetime(),
  /** Of the mail that told it. */
  messageId: z.string(),
});
export type KnownProblem = z.infer<typeof knownSchema>;

export interface KnownProblems {
  /** All of them, in no particular order. */
  readonly list: () => Promise<KnownProblem[]>;
  /** Notes that people are told of it now; false when somebody else does. */
  readonly claim: (known: KnownProblem) => Promise<boolean>;
  /** Forgets it; false when somebody else did. */
  readonly release: (id: string) => Promise<boolean>;
}

/** After so long a problem that nobody measured again is told anew: a repo or machine may be long gone. */
const FORGOTTEN_AFTER_MS = 365 * 24 * 60 * 60_000;

/** The problems noted in a folder, which is made with the first. */
export function openKnownProblems(folder: string, now: () => Date): KnownProblems {
  const findFile = (id: string) =>
    join(folder, `${createHash('sha256').update(id).digest('hex').slice(0, 40)}.json`);
  return {
    async list() {
      const known: KnownProblem[] = [];
      for (const name of await listNames(folder)) {
        if (!name.endsWith('.json')) continue;
        const file = join(folder, name);
        const one = await readKnown(file);
        const isForgotten = one === null || now().getTime() - Date.parse(one.toldAt) > FORGOTTEN_AFTER_MS;
        if (isForgotten) await rm(file, { force: true });
        else known.push(one);
      }
      return known;
    },
    async claim(known) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const draft = join(folder, `${randomUUID()}.tmp`);
      await writeFile(draft, JSON.stringify(known), { mode: 0o600, flush: true });
      try {
        await link(draft, findFile(known.problem.id));
        return true;
      } catch (thrown) {
        if (findSystemCode(thrown) === 'EEXIST') return false;
        throw thrown;
      } finally {
        await rm(draft, { force: true });
      }
    },
    async release(id) {
      try {
        await unlink(findFile(id));
        return true;
      } catch (thrown) {
        if (findSystemCode(thrown) === 'ENOENT') return false;
        throw thrown;
      }
    },
  };
}

/** Null when it is gone, or is nothing of ours: then it is told once more. */
async function readKnown(file: string): Promise<KnownProblem | null> {
  try {
    return knownSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (thrown) {
    if (thrown instanceof z.ZodError || thrown instanceof SyntaxError) return null;
    if (findSystemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

async function listNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (findSystemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
