/**
 * The lock of the machine: one job at a time, whatever the repo, user or runner. The kernel keeps it, as the name
 * of a listening socket: it cannot outlive its holder, however that ends. Whoever waits is connected to the holder,
 * is told who that is, and is woken by the connection's end; nobody polls.
 *
 * Exclusion is certain. Order is first come, first served among those who wait, with two exceptions: somebody new
 * may slip in at the very moment of a change, and a first in line that dies together with the holder costs the rest
 * a quarter of a second. It excludes nobody inside a container with a network of its own, and any user of
 * the machine can keep everybody waiting by holding the name: hence the deadline.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { JobError } from '../errors.ts';
import { formatDuration } from '../units.ts';
import { serveLine } from './lock/line.ts';
import { cleanJob, formatHolder, type LockHolder } from './lock/messages.ts';
import { claimPlace, type LockPlace } from './lock/place.ts';
import { readClock, type WaitNews, waitInLine } from './lock/wait.ts';

export type { LockHolder } from './lock/messages.ts';
export { findLockPlace, type LockPlace, type LockPlaceOptions, readLockScope } from './lock/place.ts';
export type { WaitNews } from './lock/wait.ts';

export interface LockOptions {
  readonly place: LockPlace;
  /** What the machine is wanted for, one line, shown to whoever waits. */
  readonly job: string;
  /** Longest time to wait; 0: not at all. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  /** Called whenever there is news of who is waited for, first within about a second. */
  readonly onWait?: (news: WaitNews) => void;
}

export interface MachineLock {
  readonly holder: LockHolder;
  /** Lets the next one in; harmless when repeated. The end of the process does the same. */
  release(): Promise<void>;
}

/** The next in line tries at once, each one behind it this much later. */
const COURTESY_MS = 250;
const LONGEST_COURTESY_MS = 5_000;

/** A round shorter than this got nowhere: others are quicker, or somebody refuses to speak. */
const SHORT_ROUND_MS = 1_000;
const LONGEST_PAUSE_MS = 1_000;

/** How long to listen for the holder's name when the deadline came before it. */
const ASKING_MS = 500;

/** The longest that a timer can be set to, 24 days. */
const TIMER_LIMIT_MS = 2 ** 31 - 1;

/**
 * Waits for the machine and takes it. The lock keeps no process alive.
 * Throws JobError `machine/lock-timeout` past the deadline and `machine/lock-unusable` when there can be no lock
 * here, and rejects with the signal's reason when that is aborted.
 */
export async function acquireLock(options: LockOptions): Promise<MachineLock> {
  const { place, signal } = options;
  signal?.throwIfAborted();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), Math.min(options.deadlineMs, TIMER_LIMIT_MS));
  const stop = AbortSignal.any(signal ? [signal, deadline.signal] : [deadline.signal]);
  let latest: LockHolder | null = null;
  const onNews = (news: WaitNews): void => {
    latest = news.holder;
    options.onWait?.(news);
  };
  try {
    const lock = await takeTurn({ place, job: options.job, stop, onNews });
    // The signal may have come while the place was being taken.
    if (signal?.aborted) await lock.release();
    signal?.throwIfAborted();
    return lock;
  } catch (thrown) {
    if (signal?.aborted) throw signal.reason;
    if (!deadline.signal.aborted || thrown !== stop.reason) throw thrown;
    throw makeTimeout(options, latest ?? (await findLockHolder(place)), thrown);
  } finally {
    clearTimeout(timer);
  }
}

/** Who holds the machine just now; null when nobody does, or nobody who says so. */
export async function findLockHolder(place: LockPlace): Promise<LockHolder | null> {
  const heard = new AbortController();
  const limit = AbortSignal.timeout(ASKING_MS);
  let holder: LockHolder | null = null;
  const onNews = (news: WaitNews): void => {
    holder = news.holder;
    heard.abort();
  };
  await waitInLine({ place, arrivedAt: null, signal: AbortSignal.any([heard.signal, limit]), onNews }).catch(
    // Having heard enough ends the wait by its signal; there is no other way for it to fail.
    () => {},
  );
  return holder;
}

interface TurnOptions {
  readonly place: LockPlace;
  readonly job: string;
  readonly stop: AbortSignal;
  readonly onNews: (news: WaitNews) => void;
}

/** Tries, waits and tries again, until the machine is ours or `stop` says otherwise. */
async function takeTurn({ place, job, stop, onNews }: TurnOptions): Promise<MachineLock> {
  const arrivedAt = readClock();
  for (let shortRounds = 0; ; ) {
    const claim = await claimPlace(place);
    if (claim !== null) {
      const holder = { pid: process.pid, job: cleanJob(job), since: new Date().toISOString() };
      return { holder, release: serveLine(claim, holder) };
    }
    const startedAt = performance.now();
    const { ahead } = await waitInLine({ place, arrivedAt, signal: stop, onNews });
    shortRounds = performance.now() - startedAt < SHORT_ROUND_MS ? shortRounds + 1 : 0;
    const courtesyMs = Math.min(ahead * COURTESY_MS, LONGEST_COURTESY_MS);
    const pauseMs = Math.max(courtesyMs, computePause(shortRounds));
    if (pauseMs > 0) await pause(pauseMs, undefined, { signal: stop }).catch(() => stop.throwIfAborted());
  }
}

/** None at first, since one short round is usual when holders change; then doubling: 5, 10, 20 … ms. */
function computePause(shortRounds: number): number {
  return shortRounds < 2 ? 0 : Math.min(5 * 2 ** (shortRounds - 2), LONGEST_PAUSE_MS);
}

function makeTimeout(
  { place, deadlineMs }: LockOptions,
  holder: LockHolder | null,
  cause: unknown,
): JobError {
  const waited = deadlineMs > 0 ? `waited ${formatDuration(deadlineMs)}, but it` : 'it';
  return holder === null
    ? new JobError(`machine lock: ${waited} is held by a process that does not say what it is.`, {
        code: 'machine/lock-timeout',
        hint: `\`${place.findCommand}\` shows the process. Wait for it or end it, then try again.`,
        cause,
      })
    : new JobError(`machine lock: ${waited} is held by ${formatHolder(holder)}.`, {
        code: 'machine/lock-timeout',
        hint: `Try again when that job is done, or wait longer for it; if it hangs, end process ${holder.pid}.`,
        cause,
      });
}
