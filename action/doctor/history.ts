/** The database of the history. */
import { stat } from 'node:fs/promises';
import { findSystemCode, StoreError } from '../../core/errors.ts';
import { checkDatabase } from '../../core/store/check.ts';
import { formatBytes, formatCount } from '../../core/units.ts';
import { findNativeBinding } from '../database.ts';
import { type Diagnosis, openDiagnosis } from './diagnosis.ts';

/** Whether it is there, whole, and one that we can read. */
export async function examineHistory(file: string): Promise<Diagnosis[]> {
  const { fine, note, wrong } = openDiagnosis('history');
  try {
    const { size } = await stat(file);
    const nativeBinding = findNativeBinding();
    const { runs, newestAt, damage } = checkDatabase({
      file,
      ...(nativeBinding === undefined ? {} : { nativeBinding }),
    });
    if (damage !== null)
      return [
        wrong(`${file} is damaged: ${damage}`, 'Put a backup in its place; see "tracey backup --help".'),
      ];
    const newest = newestAt === null ? '' : `, the newest of ${newestAt}`;
    return [fine(`${file}: ${formatCount(runs, 'run')}${newest}, ${formatBytes(size)}`)];
  } catch (thrown) {
    if (findSystemCode(thrown) === 'ENOENT')
      return [note(`there is none yet: ${file}`, 'The first job makes it.')];
    if (thrown instanceof StoreError) return [wrong(thrown.message, thrown.hint ?? null)];
    throw thrown;
  }
}
