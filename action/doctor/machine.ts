/** The machine itself: what it is, how quiet it is, who has it, its disk and its clock. */

import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { readMachineFacts, readMachineState } from '../../core/machine/facts.ts';
import { formatHolder } from '../../core/machine/lock/messages.ts';
import { findLockHolder, findLockPlace } from '../../core/machine/lock.ts';
import { formatBytes } from '../../core/units.ts';
import type { Environment } from '../environment.ts';
import { type Diagnosis, openDiagnosis } from './diagnosis.ts';

const MEASURABLE_PRESSURE = 0.05;
const NEEDED_MEMORY_BYTES = 800e6;
const NEEDED_DISK_BYTES = 2 ** 30;

/** What the machine is, and whether its times can be trusted just now. */
export async function examineMachine({ role, runner }: Environment): Promise<Diagnosis[]> {
  const { fine, note, wrong } = openDiagnosis('machine');
  const facts = readMachineFacts();
  const { cpuPressure, load } = await readMachineState({ calibration: false });
  const what = `${runner}, ${role}: ${facts.cpuModel}, ${facts.cpuCount} CPUs, ${formatBytes(facts.memoryBytes)}, ${facts.os}, ${facts.arch}`;
  const found = [fine(what)];
  if (facts.memoryBytes < NEEDED_MEMORY_BYTES)
    found.push(wrong(`it has ${formatBytes(facts.memoryBytes)} of memory`, 'Tracey needs 1 GB.'));
  const tune = 'runner-setup/tune.sh apply sets it, and puts it back with reset.';
  if (facts.governor !== null && facts.governor !== 'performance')
    found.push(note(`the clock follows the load: governor ${facts.governor}`, tune));
  if (facts.turbo === true) found.push(note('the clock depends on heat: turbo is on', tune));
  if (cpuPressure !== null && cpuPressure > MEASURABLE_PRESSURE) {
    const percent = (cpuPressure * 100).toFixed(0);
    found.push(
      note(
        `it is busy: CPU pressure ${percent} %, load ${load.toFixed(1)}`,
        'What is measured now is noisy; see what runs: top',
      ),
    );
  }
  return found;
}

/** Who has the machine. */
export async function examineLock({ lockName }: Environment): Promise<Diagnosis[]> {
  const { fine, note } = openDiagnosis('lock');
  const place = findLockPlace({ name: lockName, folder: tmpdir(), platform: process.platform });
  const holder = await findLockHolder(place);
  return [holder === null ? fine('nobody has the machine') : note(`taken: ${formatHolder(holder)}`)];
}

/** Room for the history, and for what jobs write. */
export async function examineDisk({ dataFolder }: Environment): Promise<Diagnosis[]> {
  const { fine, wrong } = openDiagnosis('disk');
  const places = [await findFolder(dataFolder), tmpdir()];
  return Promise.all(
    places.map(async (folder) => {
      const { bavail, bsize } = await statfs(folder);
      const free = bavail * bsize;
      return free < NEEDED_DISK_BYTES
        ? wrong(`${formatBytes(free)} are free in ${folder}`, 'Free some space: a job wants 1 GiB.')
        : fine(`${formatBytes(free)} are free in ${folder}`);
    }),
  );
}

/** The nearest that is there. */
async function findFolder(folder: string): Promise<string> {
  try {
    await statfs(folder);
    return folder;
  } catch (thrown) {
    const above = dirname(folder);
    if (above === folder) throw thrown;
    return findFolder(above);
  }
}

/** Whether the clock is kept right: TLS, commit statuses and the order of runs want that. */
export async function examineClock(): Promise<Diagnosis[]> {
  const { fine, note, wrong } = openDiagnosis('clock');
  const now = new Date().toISOString();
  try {
    const { stdout } = await promisify(execFile)(
      'timedatectl',
      ['show', '--property=NTPSynchronized', '--value'],
      { timeout: 5000 },
    );
    if (stdout.trim() === 'yes') return [fine(`kept right: ${now}`)];
    return [wrong(`not kept right: ${now}`, 'sudo timedatectl set-ntp true')];
  } catch {
    return [note(`nobody here says whether it is kept right: ${now}`)];
  }
}
