/**
 * The holder's side: tells everybody who waits who has the machine and how many are ahead of them. Those who wait
 * can slow down or break nothing here: what they send is bounded, and who does not read is not written to.
 */
import type { Socket } from 'node:net';
import { formatAnnouncement, LINE_LIMIT, type LockHolder, parseArrival } from './messages.ts';
import type { Claim } from './place.ts';

/** More are turned away and come back every second, in no particular order. */
const MOST_WAITING = 200;

interface Waiter {
  readonly socket: Socket;
  readonly arrivedAt: number;
  /** How many are ahead of it as far as it knows. */
  toldAhead: number;
}

/** Serves those who wait, keeping no process alive for them, until the function it returns is called. */
export function serveLine({ server, letGo }: Claim, holder: LockHolder): () => Promise<void> {
  const sockets = new Set<Socket>();
  const line: Waiter[] = [];

  const tell = (socket: Socket, ahead: number): boolean => {
    if (socket.writableLength > 0) return false;
    socket.write(formatAnnouncement({ holder, ahead }));
    return true;
  };
  const tellAll = (): void => {
    for (const [ahead, waiter] of line.entries()) {
      if (waiter.toldAhead !== ahead && tell(waiter.socket, ahead)) waiter.toldAhead = ahead;
    }
  };
  const enter = (waiter: Waiter): void => {
    const behind = line.findIndex((other) => other.arrivedAt > waiter.arrivedAt);
    line.splice(behind === -1 ? line.length : behind, 0, waiter);
    tellAll();
  };
  const leave = (socket: Socket): void => {
    sockets.delete(socket);
    const index = line.findIndex((waiter) => waiter.socket === socket);
    if (index === -1) return;
    line.splice(index, 1);
    tellAll();
  };

  server.maxConnections = MOST_WAITING;
  // Too few file descriptors to let another one in: it hears nothing, and that is all.
  server.on('error', () => {});
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.unref());
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
    socket.on('close', () => leave(socket));
    const toldAhead = line.length;
    tell(socket, toldAhead);
    readArrival(socket, (arrivedAt) => enter({ socket, arrivedAt, toldAhead }));
  });

  let released: Promise<void> | undefined;
  return () => {
    released ??= new Promise((resolve) => {
      // In this order, so that whoever is woken finds the place free.
      server.close(() => resolve());
      letGo();
      for (const socket of sockets) socket.destroy();
    });
    return released;
  };
}

/** Passes on the one line that a waiter has to say; whoever says anything else is hung up on. */
function readArrival(socket: Socket, onArrival: (arrivedAt: number) => void): void {
  let received = '';
  let arrived = false;
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    received += text;
    const complete = received.endsWith('\n');
    const arrivedAt = complete && !arrived ? parseArrival(received) : null;
    if (arrivedAt !== null) {
      arrived = true;
      onArrival(arrivedAt);
    } else if (complete || arrived || received.length > LINE_LIMIT) {
      socket.destroy();
    }
  });
}
