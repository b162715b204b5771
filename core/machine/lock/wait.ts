/**
 * The waiter's side: one connection to whoever holds the machine, from the moment it is found taken until the holder
 * is gone. Believes nothing it hears beyond what it shows, and waits just as well for somebody who says nothing.
 */
import net from 'node:net';
import { formatArrival, LINE_LIMIT, type LockHolder, parseAnnouncement } from './messages.ts';
import type { LockPlace } from './place.ts';

/** What is known of the wait; the holder is null while it has not said who it is. */
export interface WaitNews {
  readonly holder: LockHolder | null;
  /** How many others come first. */
  readonly ahead: number;
}

export interface WaitOptions {
  readonly place: LockPlace;
  /** When the wait began, by {@link readClock}; null: only asking, not waiting for a turn. */
  readonly arrivedAt: number | null;
  readonly signal: AbortSignal;
  readonly onNews: (news: WaitNews) => void;
}

/** A holder that has not spoken by then counts as one that does not. */
const SILENCE_MS = 1_000;

/** Hundreds of lines; who has heard that much hangs up and calls again, at a pace that keeps out of trouble. */
const MOST_RECEIVED = 65_536;

/** Milliseconds on the clock that all processes of a machine share and nobody can set (CLOCK_MONOTONIC). */
export function readClock(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/**
 * Resolves with the last news when the holder is gone, or could not be reached. Rejects with the signal's reason,
 * or with what `onNews` throws.
 */
export function waitInLine({ place, arrivedAt, signal, onNews }: WaitOptions): Promise<WaitNews> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    let news: WaitNews = { holder: null, ahead: 0 };
    let failure: { readonly thrown: unknown } | undefined;
    const socket = net.connect(place.socketPath);

    const tell = (latest: WaitNews): void => {
      news = latest;
      try {
        onNews(latest);
      } catch (thrown) {
        failure ??= { thrown };
        socket.destroy();
      }
    };
    const stop = (): void => {
      failure ??= { thrown: signal.reason };
      socket.destroy();
    };
    const silence = setTimeout(() => tell(news), SILENCE_MS);

    signal.addEventListener('abort', stop);
    socket.on('connect', () => {
      if (arrivedAt !== null) socket.write(formatArrival(arrivedAt));
    });
    readAnnouncements(socket, (latest) => {
      clearTimeout(silence);
      if (!failure && !isSame(latest, news)) tell(latest);
    });
    // What went wrong makes no difference: whoever was there is gone or cannot be spoken to.
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(silence);
      signal.removeEventListener('abort', stop);
      if (failure) reject(failure.thrown);
      else resolve(news);
    });
  });
}

function readAnnouncements(socket: net.Socket, onAnnouncement: (news: WaitNews) => void): void {
  let total = 0;
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    total += text.length;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_LIMIT || total > MOST_RECEIVED) socket.destroy();
    for (const line of lines) {
      const announcement = line.length > LINE_LIMIT ? null : parseAnnouncement(line);
      if (announcement !== null) onAnnouncement(announcement);
    }
  });
}

function isSame(one: WaitNews, other: WaitNews): boolean {
  return (
    one.ahead === other.ahead &&
    one.holder?.pid === other.holder?.pid &&
    one.holder?.job === other.holder?.job &&
    one.holder?.since === other.holder?.since
  );
}
