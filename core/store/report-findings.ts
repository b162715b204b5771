/** What was found of runs, between a store and a report: the same words, without the numbers that differ from store to store. */
import type { ChangeReport } from '../found-model.ts';
import type { ReportFindings } from '../report-format.ts';
import type { ChangeQuery, StoredChange } from './change-store.ts';
import type { Store } from './store.ts';

/** More changes than there are. */
const ALL = Number.MAX_SAFE_INTEGER;

/**
 * What is kept of changes, oldest found first.
 *
 * @param filters `runIds`: only what was found with one of these runs, or is over by one; the others as in a query
 */
export async function readFindings(
  store: Pick<Store, 'readChanges' | 'readChangeDocuments' | 'readMachineChanges'>,
  {
    runIds,
    ...filters
  }: Pick<ChangeQuery, 'repository' | 'runner'> & { readonly runIds?: ReadonlySet<string> },
): Promise<ReportFindings> {
  const isOf = (...ids: readonly (string | null)[]) =>
    runIds === undefined || ids.some((id) => id !== null && runIds.has(id));
  const changes: ChangeReport[] = [];
  for (const change of (await store.readChanges({ ...filters, limit: ALL })).toReversed()) {
    if (!isOf(change.foundRunId, change.recoveredRunId)) continue;
    const documents = await store.readChangeDocuments(change.id);
    changes.push({ ...toReport(change), documents: [...documents] });
  }
  const machineChanges = await store.readMachineChanges({ ...filters, limit: ALL });
  return {
    changes,
    machineChanges: machineChanges
      .filter(({ runId }) => isOf(runId))
      .reverse()
      .map(
        ({ environmentId: _, startedAt: __, commit: ___, committedAt: ____, ...change }) =>
          ({ ...change, causes: [...change.causes] }) as const,
      ),
  };
}

function toReport(change: StoredChange): Omit<ChangeReport, 'documents'> {
  const {
    id: _id,
    environmentId: _environment,
    subjectId: _subject,
    baseCommit: _base,
    headCommit: _head,
    subject: { text: _text, ...subject },
    verdict,
    ...rest
  } = change;
  const limit = (ratio: number) => (Number.isFinite(ratio) ? ratio : null);
  return {
    ...rest,
    subject: { ...subject, title: [...subject.title] },
    ratioHigh: rest.ratioHigh === null ? null : limit(rest.ratioHigh),
    verdict: verdict && {
      ...verdict,
      ratio: verdict.ratio && { ...verdict.ratio, high: limit(verdict.ratio.high) },
    },
  };
}
