/** Takes what another store found of runs that are here, too: what is new, and what became of what is known. */
import type { ChangeReport, MachineChangeReport } from '../found-model.ts';
import type { ReportFindings } from '../report-format.ts';
import type { ChangeUpdate, StoredChange } from './change-store.ts';
import { findLane, insertChange, readChanges, updateChange } from './changes.ts';
import type { Connection } from './connection.ts';
import { insertMachineChange } from './machine-changes.ts';
import { formatSubject, loadFileSubjects, loadRoots } from './subjects.ts';

/** Must be called within a transaction. Ids of the changes that are new, or not as they were. */
export function takeFindings(
  connection: Connection,
  { changes = [], machineChanges = [] }: Partial<ReportFindings>,
): string[] {
  const hasRun = createRunFinder(connection);
  const taken: string[] = [];
  for (const change of changes) {
    if (hasRun(change.headRunId) && hasRun(change.foundRunId)) {
      const recoveredRunId = hasRun(change.recoveredRunId) ? change.recoveredRunId : null;
      taken.push(...(takeChange(connection, { ...change, recoveredRunId }) ?? []));
    }
  }
  for (const change of machineChanges) if (hasRun(change.runId)) takeMachineChange(connection, change);
  return taken;
}

function createRunFinder(connection: Connection): (uid: string | null) => boolean {
  const find = connection.prepare<{ id: number }>('SELECT id FROM run WHERE uid = ?');
  return (uid) => uid !== null && find.get(uid) !== undefined;
}

/** Its id; null when nothing changed. */
function takeChange(connection: Connection, change: ChangeReport): [string] | null {
  const lane = findLane(connection, change);
  if (lane === undefined) return null;
  const subjectId = findSubject(connection, lane.repositoryId, change.subject);
  if (subjectId === undefined) return null;
  const { documents, verdict, foundAt, ...rest } = change;
  const added = insertChange(connection, { ...rest, subjectId }, { lane, name: change, at: foundAt });
  const known = readChanges(connection, {
    ...(added === undefined ? {} : { id: added }),
    subjectId,
    environmentId: lane.environmentId,
    direction: change.direction,
    limit: Number.MAX_SAFE_INTEGER,
  }).find(({ head }) => head === change.head);
  if (known === undefined) return null;
  const update = computeUpdate(known, change, added !== undefined);
  if (update !== null) updateChange(connection, known.id, update);
  return added === undefined && update === null ? null : [known.id];
}

/** What is to be taken of a change that is here; null for nothing. */
function computeUpdate(
  known: StoredChange,
  { verdict, documents, state, stateReason, stateBy, stateAt, recoveredRunId }: ChangeReport,
  isNew: boolean,
): ChangeUpdate | null {
  const proof =
    verdict !== null && known.verdict === null
      ? { verdict: toVerdict(verdict), documents }
      : isNew
        ? { documents }
        : {};
  const isLater = isNew || stateAt > known.stateAt;
  const isDifferent = isNew || state !== known.state || stateReason !== known.stateReason;
  const decision =
    isLater && isDifferent
      ? { state: { state, reason: stateReason, by: stateBy, at: stateAt }, recoveredRunId }
      : {};
  const update = { ...proof, ...decision };
  return Object.keys(update).length === 0 ? null : update;
}

function toVerdict(verdict: NonNullable<ChangeReport['verdict']>): NonNullable<StoredChange['verdict']> {
  const { ratio } = verdict;
  return { ...verdict, ratio: ratio && { ...ratio, high: ratio.high ?? Number.POSITIVE_INFINITY } };
}

function findSubject(
  connection: Connection,
  repositoryId: number,
  { kind, path, title, occurrence }: ChangeReport['subject'],
): number | undefined {
  const { totalId, fileIds } = loadRoots(connection, repositoryId);
  if (kind === 'total') return totalId;
  const fileId = path === null ? undefined : fileIds.get(path);
  if (fileId === undefined || kind === 'file') return fileId;
  const text = formatSubject({ kind, path, title, occurrence });
  return loadFileSubjects(connection, repositoryId, fileId).find(
    (one) => one.kind === kind && formatSubject({ ...one, path }) === text,
  )?.id;
}

function takeMachineChange(connection: Connection, change: MachineChangeReport): void {
  const lane = findLane(connection, change);
  if (lane !== undefined) insertMachineChange(connection, change, { lane, at: change.foundAt });
}
