/**
 * Thins old runs to what histories and judging need: outcomes, medians, spreads, fingerprints, bodies, the machine, reasons and
 * messages stay; samples, hooks, output, documents and the stacks of failures go.
 */
import type { Connection } from './connection.ts';
import { type ExplanationText, internExplanation } from './explanations.ts';

/** Thins runs that are noted as old; must be called within a transaction. */
export function thinRuns(connection: Connection, runIds: readonly number[]): void {
  const list = JSON.stringify(runIds);
  const among = '(SELECT value FROM json_each(?))';
  connection.prepare(`DELETE FROM detail_part WHERE run_id IN ${among}`).run(list);
  connection.prepare(`UPDATE run SET has_detail = 0 WHERE has_detail = 1 AND id IN ${among}`).run(list);
  connection.prepare(`DELETE FROM document WHERE run_id IN ${among}`).run(list);
  dropStacks(connection, list);
}

type Explained = Omit<ExplanationText, 'stack'> & { readonly run_id: number; readonly subject_id: number };

/** The explanations with stacks are left to nobody, and go when all runs were thinned. */
function dropStacks(connection: Connection, list: string): void {
  const explained = connection
    .prepare<Explained>(
      `SELECT x.run_id, x.subject_id, e.reason, e.message
       FROM json_each(?) j JOIN run_explanation x ON x.run_id = j.value
       JOIN temp.old_stack o ON o.id = x.explanation_id JOIN explanation e ON e.id = o.id`,
    )
    .all(list);
  const update = connection.prepare(
    'UPDATE run_explanation SET explanation_id = ? WHERE run_id = ? AND subject_id = ?',
  );
  for (const { run_id: runId, subject_id: subjectId, reason, message } of explained) {
    update.run(internExplanation(connection, { reason, message, stack: null }), runId, subjectId);
  }
}
