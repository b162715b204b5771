/**
 * A process that wants the machine, for the lock's tests. Its argument says where and how; it tells its parent what
 * happens and does what its parent sends. As `rounds`, it takes the lock so many times and logs its comings and
 * goings instead.
 */
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { acquireLock, findLockPlace, type LockPlaceOptions } from '../../core/machine/lock.ts';

export interface ContenderOptions extends LockPlaceOptions {
  readonly job: string;
  /** What to do: wait for orders; hold and come to its end; release and come to its end; go through rounds. */
  readonly task: 'obey' | 'hold' | 'release' | 'rounds';
  /** Where rounds are logged. */
  readonly log?: string;
  /** End by SIGKILL inside the last round. */
  readonly dies?: boolean;
}

export type ContenderMessage =
  | { readonly type: 'waiting'; readonly job: string | null; readonly ahead: number }
  | { readonly type: 'held' | 'released' | 'ready' }
  | { readonly type: 'child'; readonly pid: number };

const ROUNDS = 3;
const TURNS_INSIDE = 50;

const options = JSON.parse(process.argv[2] ?? '') as ContenderOptions;

function tell(message: ContenderMessage): void {
  process.send?.(message);
}

function acquire() {
  return acquireLock({
    place: findLockPlace(options),
    job: options.job,
    deadlineMs: 50_000,
    onWait: ({ holder, ahead }) => tell({ type: 'waiting', job: holder?.job ?? null, ahead }),
  });
}

async function obey(): Promise<void> {
  const lock = await acquire();
  process.on('message', async (order) => {
    if (order === 'release') {
      await lock.release();
      tell({ type: 'released' });
      process.disconnect();
    } else {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
        stdio: 'ignore',
        detached: true,
      });
      child.on('spawn', () => tell({ type: 'child', pid: child.pid ?? 0 }));
    }
  });
  tell({ type: 'held' });
}

async function goThroughRounds(log: string): Promise<void> {
  tell({ type: 'ready' });
  await new Promise((resolve) => process.once('message', resolve));
  for (let round = 1; round <= ROUNDS; round += 1) {
    const lock = await acquire();
    appendFileSync(log, `enter ${process.pid}\n`);
    for (let index = 0; index < TURNS_INSIDE; index += 1) await turn();
    appendFileSync(log, `leave ${process.pid}\n`);
    if (options.dies && round === ROUNDS) process.kill(process.pid, 'SIGKILL');
    await lock.release();
  }
  process.disconnect();
}

if (options.task === 'obey') await obey();
else if (options.task === 'rounds') await goThroughRounds(options.log ?? '');
else {
  const lock = await acquire();
  if (options.task === 'release') await lock.release();
}
