import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JobError } from '../../core/errors.ts';
import {
  acquireLock,
  findLockHolder,
  findLockPlace,
  type LockOptions,
  type LockPlace,
  type MachineLock,
  type WaitNews,
} from '../../core/machine/lock.ts';
import type { ContenderMessage, ContenderOptions } from './contender.ts';

const CONTENDER = fileURLToPath(new URL('./contender.ts', import.meta.url));
const LONG_MS = 50_000;

let folder: string;
let name: string;
let cleanups: (() => unknown)[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tracey-lock-'));
  name = `test-${process.pid}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
  cleanups = [];
});

afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  rmSync(folder, { recursive: true, force: true });
});

interface Contender {
  readonly child: ChildProcess;
  /** The first message of this type, past or to come. */
  until(type: ContenderMessage['type']): Promise<ContenderMessage>;
  /** Resolves once it has been told that so many are ahead of it. */
  untilAhead(ahead: number): Promise<void>;
}

function startContender(platform: NodeJS.Platform, options: Partial<ContenderOptions> = {}): Contender {
  const all: ContenderOptions = { name, folder, platform, job: 'a job', task: 'obey', ...options };
  const child = spawn(process.execPath, [CONTENDER, JSON.stringify(all)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  cleanups.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const messages: ContenderMessage[] = [];
  child.on('message', (message: ContenderMessage) => messages.push(message));
  const find = async (wanted: (message: ContenderMessage) => boolean): Promise<ContenderMessage> => {
    for (;;) {
      const found = messages.find(wanted);
      if (found) return found;
      await Promise.race([once(child, 'message'), failOnExit(child)]);
    }
  };
  return {
    child,
    until: (type) => find((message) => message.type === type),
    untilAhead: async (ahead) => {
      await find((message) => message.type === 'waiting' && message.ahead === ahead);
    },
  };
}

async function failOnExit(child: ChildProcess): Promise<never> {
  const [code, signal] = await once(child, 'exit');
  throw new Error(`the contender ended too early: ${code ?? signal}`);
}

async function acquire(place: LockPlace, options: Partial<LockOptions> = {}): Promise<MachineLock> {
  const lock = await acquireLock({ place, job: 'a test', deadlineMs: LONG_MS, ...options });
  cleanups.push(() => lock.release());
  return lock;
}

/** Waits in this process: the lock to come, and the first news of the wait. */
function startWaiting(place: LockPlace, options: Partial<LockOptions> = {}) {
  const heard = Promise.withResolvers<WaitNews>();
  const lock = acquire(place, { ...options, onWait: heard.resolve });
  lock.catch(() => {});
  return { lock, news: heard.promise };
}

/** Somebody who holds the name without being Tracey. */
async function squat(place: LockPlace, onConnection: (socket: net.Socket) => void): Promise<net.Server> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    onConnection(socket);
  });
  server.listen(place.socketPath);
  await once(server, 'listening');
  cleanups.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return server;
}

async function catchError(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

describe.each(['linux', 'darwin'] as const)('the machine lock as on %s', (platform) => {
  const findPlace = (): LockPlace => findLockPlace({ name, folder, platform });

  test('lets the second process in when the first releases it', async () => {
    const first = startContender(platform, { job: 'the first job' });
    await first.until('held');
    const second = startContender(platform);
    expect(await second.until('waiting')).toEqual({ type: 'waiting', job: 'the first job', ahead: 0 });
    first.child.send('release');
    await second.until('held');
  });

  test('lets the second process in when the first is killed', async () => {
    const first = startContender(platform);
    await first.until('held');
    const second = startContender(platform);
    await second.until('waiting');
    first.child.kill('SIGKILL');
    await second.until('held');
  });

  test('is free once its holder is killed, even if a child of the holder lives on', async () => {
    const first = startContender(platform);
    await first.until('held');
    first.child.send('spawn');
    const message = await first.until('child');
    const pid = message.type === 'child' ? message.pid : 0;
    cleanups.push(() => process.kill(pid, 'SIGKILL'));
    first.child.kill('SIGKILL');
    await acquire(findPlace());
    expect(process.kill(pid, 0)).toBe(true);
  });

  test('lets those who wait in by the order they came, also after a kill', async () => {
    const holder = startContender(platform);
    await holder.until('held');
    const waiters: Contender[] = [];
    for (const ahead of [0, 1, 2]) {
      const waiter = startContender(platform);
      await waiter.untilAhead(ahead);
      waiters.push(waiter);
    }
    const order: number[] = [];
    const turns = waiters.map(async (waiter, index) => {
      await waiter.until('held');
      order.push(index);
      waiter.child.send('release');
    });
    holder.child.kill('SIGKILL');
    await Promise.all(turns);
    expect(order).toEqual([0, 1, 2]);
  });

  test('moves those who wait up when one ahead of them gives up', async () => {
    await acquire(findPlace());
    const impatient = new AbortController();
    await startWaiting(findPlace(), { signal: impatient.signal }).news;
    const patient = startContender(platform);
    await patient.untilAhead(1);
    impatient.abort();
    await patient.untilAhead(0);
  });

  test('is never held by two of ten contenders, of which some are killed inside', async () => {
    const log = path.join(folder, 'log');
    const contenders = Array.from({ length: 10 }, (_, index) =>
      startContender(platform, { task: 'rounds', log, dies: index % 3 === 0 }),
    );
    const ends = contenders.map(({ child }) => once(child, 'exit'));
    await Promise.all(contenders.map((contender) => contender.until('ready')));
    for (const { child } of contenders) child.send('go');
    const exits = await Promise.all(ends);
    expect(exits.map(([code, signal]) => code ?? signal)).toEqual(
      contenders.map((_, index) => (index % 3 === 0 ? 'SIGKILL' : 0)),
    );
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(10 * 3 * 2);
    for (let index = 0; index < lines.length; index += 2) {
      const pid = lines[index]?.replace('enter ', '');
      expect(lines.slice(index, index + 2)).toEqual([`enter ${pid}`, `leave ${pid}`]);
    }
  });

  test('excludes a second holder within one process', async () => {
    const first = await acquire(findPlace());
    const second = startWaiting(findPlace());
    expect(await second.news).toEqual({ holder: first.holder, ahead: 0 });
    await first.release();
    expect((await second.lock).holder.pid).toBe(process.pid);
  });

  test('can be released twice, and taken again after', async () => {
    const lock = await acquire(findPlace());
    await Promise.all([lock.release(), lock.release()]);
    const again = await acquire(findPlace());
    await lock.release();
    expect(await findLockHolder(findPlace())).toEqual(again.holder);
  });

  test.each(['hold', 'release'] as const)(
    'does not keep a process alive that comes to its end: %s',
    async (task) => {
      const { child } = startContender(platform, { task });
      expect(await once(child, 'exit')).toEqual([0, null]);
      await acquire(findPlace());
    },
  );

  test('says at the deadline who holds the machine, since when, and what to do', async () => {
    const { holder } = await acquire(findPlace(), { job: 'happner/happn-3 at 1a2b3c4' });
    const error = await catchError(acquire(findPlace(), { deadlineMs: 0 }));
    expect(error).toBeInstanceOf(JobError);
    expect(error).toMatchObject({
      code: 'machine/lock-timeout',
      message: `machine lock: it is held by process ${process.pid} (happner/happn-3 at 1a2b3c4) since ${holder.since}.`,
      hint: `Try again when that job is done, or wait longer for it; if it hangs, end process ${process.pid}.`,
    });
  });

  test('says at the deadline how long it waited', async () => {
    const { holder } = await acquire(findPlace(), { job: '' });
    await expect(acquire(findPlace(), { deadlineMs: 20 })).rejects.toThrow(
      `machine lock: waited 20.0 ms, but it is held by process ${process.pid} since ${holder.since}.`,
    );
  });

  test('stops waiting when it is aborted, with the reason of the signal', async () => {
    const holder = await acquire(findPlace());
    const stop = new AbortController();
    const waiting = startWaiting(findPlace(), { signal: stop.signal });
    await waiting.news;
    const reason = new Error('cancelled');
    stop.abort(reason);
    expect(await catchError(waiting.lock)).toBe(reason);
    await holder.release();
    await acquire(findPlace());
  });

  test('is not taken when it is aborted beforehand, or while it is being taken', async () => {
    const reason = new Error('cancelled');
    expect(await catchError(acquire(findPlace(), { signal: AbortSignal.abort(reason) }))).toBe(reason);
    const stop = new AbortController();
    const taking = acquire(findPlace(), { signal: stop.signal });
    stop.abort(reason);
    expect(await catchError(taking)).toBe(reason);
    expect(await findLockHolder(findPlace())).toBeNull();
  });

  test('fails with what the listener throws', async () => {
    await acquire(findPlace());
    const waiting = acquire(findPlace(), {
      onWait: () => {
        throw new Error('no terminal');
      },
    });
    await expect(waiting).rejects.toThrow('no terminal');
  });

  test('waits for a holder that listens and never speaks, and says that it does not know who it is', async () => {
    const squatter = await squat(findPlace(), () => {});
    if (platform === 'darwin') return expectIntruderToLose(findPlace(), squatter);
    const waiting = startWaiting(findPlace(), { deadlineMs: LONG_MS });
    expect(await waiting.news).toEqual({ holder: null, ahead: 0 });
    expect(await catchError(acquire(findPlace(), { deadlineMs: 20 }))).toMatchObject({
      code: 'machine/lock-timeout',
      message: 'machine lock: waited 20.0 ms, but it is held by a process that does not say what it is.',
      hint: `\`sudo ss -xlp | grep tracey-lock-${name}\` shows the process. Wait for it or end it, then try again.`,
    });
  });
});

/** Where a file decides, holding the socket's name is not enough. */
async function expectIntruderToLose(place: LockPlace, squatter: net.Server): Promise<void> {
  const lock = await acquire(place);
  expect(squatter.listening).toBe(true);
  expect(await findLockHolder(place)).toEqual(lock.holder);
}

describe('the machine lock, abused', () => {
  const findPlace = (): LockPlace => findLockPlace({ name, folder, platform: 'linux' });

  test('does not call again and again at a holder that hangs up at once', async () => {
    let calls = 0;
    await squat(findPlace(), (socket) => {
      calls += 1;
      socket.end('{"pid":1,"job":"x","since":"2026-01-02T03:04:05.678Z","ahead":0}\n');
    });
    await expect(acquire(findPlace(), { deadlineMs: 400 })).rejects.toThrow('is held by process 1 (x)');
    expect(calls).toBeGreaterThan(1);
    expect(calls).toBeLessThan(20);
  });

  test.each([
    ['no JSON', 'hello\n'],
    ['no object', '[1]\n'],
    ['no process', '{"pid":-1,"job":"x","since":"2026-01-02T03:04:05.678Z","ahead":0}\n'],
    ['no time', '{"pid":1,"job":"x","since":"yesterday","ahead":0}\n'],
    [
      'a line too long',
      `{"pid":1,"job":"${'x'.repeat(9000)}","since":"2026-01-02T03:04:05.678Z","ahead":0}\n`,
    ],
    ['a line without end', 'x'.repeat(9000)],
    ['more than anybody has to say', 'x\n'.repeat(100_000)],
  ])('takes a holder that answers with %s for an unknown one', async (_, answer) => {
    await squat(findPlace(), (socket) => socket.write(answer));
    await expect(acquire(findPlace(), { deadlineMs: 50 })).rejects.toThrow(
      'a process that does not say what it is',
    );
  });

  test('shows nothing of a job that could do harm to a terminal', async () => {
    await acquire(findPlace(), { job: `\u001b[2Jone\r\ntwo\u202ethree\u0000 ${'long '.repeat(100)}` });
    const { holder } = await startWaiting(findPlace()).news;
    expect(holder?.job).toMatch(/^\[2Jone two three long .*…$/);
    expect(holder?.job).toHaveLength(200);
    await squat(findLockPlace({ name: `${name}x`, folder, platform: 'linux' }), (socket) =>
      socket.write('{"pid":1,"job":"a\\u001b[2Jb","since":"2026-01-02T03:04:05.678Z","ahead":0}\n'),
    );
    const other = await findLockHolder(findLockPlace({ name: `${name}x`, folder, platform: 'linux' }));
    expect(other?.job).toBe('a [2Jb');
  });

  test('hangs up on a waiter that says too much, or anything but when it came', async () => {
    await acquire(findPlace());
    for (const words of [
      'x'.repeat(9000),
      'hello\n',
      '{"arrivedAt":-1}\n',
      '{"arrivedAt":1}\n{"arrivedAt":1}\n',
    ]) {
      const socket = net.connect(findPlace().socketPath).on('error', () => {});
      socket.resume();
      socket.write(words);
      await once(socket, 'close');
    }
    expect((await startWaiting(findPlace()).news).ahead).toBe(0);
  });

  test('bears hundreds that wait, most of them without reading', async () => {
    const lock = await acquire(findPlace());
    const sockets = Array.from({ length: 500 }, () => {
      const socket = net.connect(findPlace().socketPath).on('error', () => {});
      socket.pause();
      // Each says that it came before all others, so that everybody else must be told again.
      socket.write('{"arrivedAt":0}\n');
      return socket;
    });
    cleanups.push(() => {
      for (const socket of sockets) socket.destroy();
    });
    await Promise.all(sockets.map((socket) => once(socket, 'connect').catch(() => {})));
    const waiting = startWaiting(findPlace());
    await lock.release();
    await waiting.lock;
  });
});

describe('the place of the machine lock', () => {
  test('is the same for everybody on the machine, wherever their folders are', () => {
    const one = findLockPlace({ folder: '/home/one', platform: 'linux' });
    expect(findLockPlace({ folder: '/home/two', platform: 'linux' })).toEqual(one);
  });

  test('has a name of letters, digits and hyphens', () => {
    for (const bad of ['', '../x', 'a b', 'x'.repeat(41)]) {
      expect(() => findLockPlace({ name: bad, folder, platform: 'linux' })).toThrow('not a name for a lock');
    }
  });

  test('cannot be a folder that does not exist', async () => {
    const missing = path.join(folder, 'missing');
    const error = await catchError(acquire(findLockPlace({ name, folder: missing, platform: 'darwin' })));
    expect(error).toBeInstanceOf(JobError);
    expect(error).toMatchObject({
      code: 'machine/lock-unusable',
      message: `machine lock: cannot use ${missing}/${name}.lock: ENOENT: no such file or directory, open '${missing}/${name}.lock'.`,
      hint: 'Name an existing local folder that this user can write to, with a path of less than 60 bytes.',
    });
  });

  test('leaves the permissions of a file that was there before alone', async () => {
    const place = findLockPlace({ name, folder, platform: 'darwin' });
    const mine = path.join(folder, 'mine');
    writeFileSync(mine, '', { mode: 0o600 });
    symlinkSync(mine, place.guardPath ?? '');
    await acquire(place);
    expect(statSync(mine).mode & 0o777).toBe(0o600);
  });

  test('makes a file that every user can lock', async () => {
    const place = findLockPlace({ name, folder, platform: 'darwin' });
    await acquire(place);
    expect(statSync(place.guardPath ?? '').mode & 0o777).toBe(0o666);
    expect(statSync(place.socketPath).mode & 0o222).toBe(0o222);
  });

  test('cannot be a file that holds something else', async () => {
    const place = findLockPlace({ name, folder, platform: 'darwin' });
    writeFileSync(place.guardPath ?? '', 'something else, and long enough to be looked at. '.repeat(20));
    await expect(acquire(place)).rejects.toMatchObject({ code: 'machine/lock-unusable' });
  });

  test('cannot be a socket that the system forbids', async () => {
    // A socket's address has room for 107 bytes.
    const place = {
      ...findLockPlace({ name, folder, platform: 'linux' }),
      socketPath: `\0${'x'.repeat(200)}`,
    };
    const error = await catchError(acquire(place));
    expect(error).toMatchObject({
      code: 'machine/lock-unusable',
      hint: 'Let this process open Unix sockets: a sandbox seems to forbid it.',
    });
    expect(String(error)).toMatch(/^JobError: machine lock: cannot use socket @x+: [^\0]*\.$/);
  });

  test.skipIf(process.getuid?.() === 0)('cannot be a file that may only be read', async () => {
    const place = findLockPlace({ name, folder, platform: 'darwin' });
    writeFileSync(place.guardPath ?? '', '');
    chmodSync(folder, 0o555);
    chmodSync(place.guardPath ?? '', 0o444);
    cleanups.push(() => chmodSync(folder, 0o755));
    await expect(acquire(place)).rejects.toMatchObject({ code: 'machine/lock-unusable' });
  });
});
