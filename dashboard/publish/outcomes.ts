/** What outcomes as they are stored mean here. Pure. */
import { OUTCOMES } from '../../core/model.ts';

const FAILURES: readonly (number | undefined)[] = [OUTCOMES.indexOf('failed'), OUTCOMES.indexOf('aborted')];

/** Whether something went wrong: an index into OUTCOMES. */
export function isFailure(outcome: number | undefined): boolean {
  return outcome !== undefined && FAILURES.includes(outcome);
}
