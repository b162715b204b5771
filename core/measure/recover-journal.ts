/**
 * What a killed job left of a run: everything in its journal that is whole, up to the first damage, and what finished
 * in the process that had its turn when the end came.
 */
import { statSync } from 'node:fs';
import type { FileResults } from '../model.ts';
import { type ProbeEvent, readEvents } from './events.ts';
import { foldFile } from './fold.ts';
import type { Method, ProcessTask } from './host.ts';
import { createInterpreter } from './interpret.ts';
import { UNKNOWN_METHOD } from './journal.ts';
import { openMeasurement, parseEntry, type RunStart, type Said } from './journal-entries.ts';
import type { FileMeasurement } from './measurement.ts';
import { createUnreadable, type Entry, type ReadExtent, type RecoveredSpool, recoverSpool } from './spool.ts';

export interface RecoveredJournal {
  readonly start: RunStart;
  readonly method: Method;
  /** One result per file; each can be iterated again until this is closed. */
  readonly files: Iterable<FileResults>;
  /** Whether anything was measured: a whole file, or one test of the file that was not. */
  readonly isWorthKeeping: boolean;
  /** What is wrong with it, if not only that its end is missing. */
  readonly damage: string | null;
  /** When it was written to last. */
  readonly writtenAt: Date;
  readonly close: () => void;
}

/** By file; what is on the disk is opened when it is its turn. */
type Rounds = Map<string, (() => FileMeasurement)[]>;

interface Found {
  start: RunStart | null;
  method: Method;
  readonly rounds: Rounds;
  /** The process that had its turn last, and the files that it gave measurements of. */
  task: ProcessTask | null;
  readonly recorded: Set<string>;
  damage: string | null;
}

/**
 * Opens a journal.
 *
 * @returns null when not even its beginning was written
 * @throws JobError `spool/unreadable`
 */
export async function recoverJournal(path: string): Promise<RecoveredJournal | null> {
  const spool = recoverSpool(path);
  try {
    const { start, method, rounds, task, recorded, damage } = findEverything(spool);
    if (start === null) {
      if (damage !== null) throw createUnreadable(path, damage);
      spool.close();
      return null;
    }
    const unfinished = task === null ? [] : await measureUnfinished(task, recorded);
    const isWorthKeeping = rounds.size > 0 || unfinished.some(hasFinishedTest);
    for (const measurement of unfinished) addRound(rounds, measurement.path, () => measurement);
    const files = {
      *[Symbol.iterator]() {
        for (const openings of rounds.values()) yield foldFile(openings.map((open) => open()));
      },
    };
    const { close } = spool;
    const writtenAt = task === null ? spool.writtenAt : findLater(spool.writtenAt, task.events);
    return { start, method, files, isWorthKeeping, damage, writtenAt, close };
  } catch (thrown) {
    spool.close();
    throw thrown;
  }
}

/** Goes through the entries up to the first that is none. */
function findEverything({ entries, damage, read }: RecoveredSpool): Found {
  const found: Found = {
    start: null,
    method: UNKNOWN_METHOD,
    rounds: new Map(),
    task: null,
    recorded: new Set(),
    damage,
  };
  for (const [index, entry] of entries.entries()) {
    const said = tryToParse(read, entry);
    if (said === null || (said.kind === 'run') !== (index === 0)) {
      return { ...found, damage: `entry ${index + 1} is none of ours` };
    }
    switch (said.kind) {
      case 'run':
        found.start = said.value;
        break;
      case 'method':
        found.method = said.value;
        break;
      case 'task':
        found.task = said.value;
        found.recorded.clear();
        break;
      case 'file':
        addRound(found.rounds, said.path, () => openMeasurement(read, entry));
        found.recorded.add(said.path);
        break;
    }
  }
  return found;
}

function tryToParse(read: ReadExtent, entry: Entry): Said | null {
  try {
    return parseEntry(read, entry);
  } catch {
    return null;
  }
}

/** What the last process told, of the files whose measurements it did not come to give. */
async function measureUnfinished(
  { repoFolder, files, events }: ProcessTask,
  recorded: ReadonlySet<string>,
): Promise<FileMeasurement[]> {
  const interpreter = createInterpreter(repoFolder, files);
  let isAlone = false;
  const damage = await readEvents(events, (event) => {
    isAlone ||= isOfLoneliness(event);
    if (!isAlone) interpreter.add(event);
  });
  const process = { exitCode: null, signal: null, stopped: 'aborted', durationMs: null, output: '' } as const;
  const measurements = interpreter.finish({ process, deadlineMs: 0, damage }, null);
  return measurements.filter(({ path }) => !recorded.has(path));
}

/**
 * Whether something failed because nobody reads any more what the process prints: it outlived the killed job for a while,
 * and what came of its tests from then on is no result.
 */
function isOfLoneliness(event: ProbeEvent): boolean {
  return 'error' in event && event.error !== undefined && /\bEPIPE\b/.test(event.error.message);
}

/** When the events were written to last, if that was later. */
function findLater(time: Date, events: string): Date {
  const eventsAt = statSync(events, { throwIfNoEntry: false })?.mtime ?? time;
  return eventsAt > time ? eventsAt : time;
}

function hasFinishedTest({ tests }: FileMeasurement): boolean {
  for (const { outcome } of tests) if (outcome !== 'aborted') return true;
  return false;
}

function addRound(rounds: Rounds, path: string, open: () => FileMeasurement): void {
  const known = rounds.get(path);
  if (known === undefined) rounds.set(path, [open]);
  else known.push(open);
}
