/**
 * The journal of a run: what the run is, how it is measured, which process has its turn, and each measurement as it
 * comes, on the disk at once. Memory does not grow with the tests; and when the job is killed, what finished can be
 * recovered (recover-journal.ts). It is one file, outside the folders that tested code is given.
 */
import { rmSync } from 'node:fs';
import type { FileResults } from '../model.ts';
import { foldFile } from './fold.ts';
import type { Method, ProcessTask } from './host.ts';
import { openMeasurement, type RunStart, writeMeasurement, writePlain } from './journal-entries.ts';
import type { FileMeasurement } from './measurement.ts';
import { createSpool, type Entry } from './spool.ts';

/** How a run is measured, as long as nobody has said. */
export const UNKNOWN_METHOD: Method = { framework: null, isolation: 'file', samples: 1 };

export interface Journal {
  readonly method: Method;
  /**
   * Notes how the run is measured.
   *
   * @throws JobError `spool/cannot-write`, as do the others; what came before is not lost
   */
  readonly describe: (method: Method) => void;
  /** Notes that a process gets its turn. */
  readonly begin: (task: ProcessTask) => void;
  /** Takes in one round through one file. */
  readonly add: (measurement: FileMeasurement) => void;
  /**
   * One result per file of what has come so far, in the order in which files first came; each can be iterated again.
   * Iterating throws JobError `spool/damaged` when something else changed what lies on the disk.
   */
  readonly files: Iterable<FileResults>;
  /** Forgets everything. */
  readonly close: () => void;
}

/**
 * Begins the journal of a run.
 *
 * @throws JobError `spool/cannot-write`
 */
export function createJournal(path: string, start: RunStart): Journal {
  const spool = createSpool(path);
  const files = new Map<string, Entry[]>();
  let method = UNKNOWN_METHOD;

  function close(): void {
    spool.close();
    rmSync(path, { force: true });
  }

  try {
    writePlain(spool, { kind: 'run', value: start });
  } catch (thrown) {
    close();
    throw thrown;
  }
  return {
    get method() {
      return method;
    },
    describe(described) {
      writePlain(spool, { kind: 'method', value: described });
      method = described;
    },
    begin({ repoFolder, files, events }) {
      writePlain(spool, { kind: 'task', value: { repoFolder, files, events } });
    },
    add(measurement) {
      const entry = writeMeasurement(spool, measurement);
      const known = files.get(measurement.path);
      if (known === undefined) files.set(measurement.path, [entry]);
      else known.push(entry);
    },
    files: {
      *[Symbol.iterator]() {
        for (const rounds of files.values()) {
          yield foldFile(rounds.map((entry) => openMeasurement(spool.read, entry)));
        }
      },
    },
    close,
  };
}
