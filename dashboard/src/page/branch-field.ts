/** The choice of a branch among those of some runs, kept in the address. */
import type { Runs } from '../data/runs.ts';
import { changeQuery, readQuery } from './address.ts';
import { createSelect, listChoices } from './fields.ts';
import { showText } from './marks.ts';

export function createBranchSelect(runs: Runs, changed: (branch: string | undefined) => void): HTMLElement {
  return createSelect({
    name: 'branch',
    label: 'Branch',
    any: 'All branches',
    choices: listChoices(
      runs.branches.filter((one) => one !== null),
      showText,
    ),
    value: readQuery().branch,
    changed(branch) {
      changeQuery({ branch: branch ?? null });
      changed(branch);
    },
  });
}
