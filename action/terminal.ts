/**
 * Where the command line writes: data to stdout, everything else to stderr. On a terminal progress is one line
 * that changes; elsewhere it is plain lines, not more than one every few seconds.
 */
import { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { Progress } from '../core/measure/host.ts';
import { cutMiddle } from './text-table.ts';

const PLAIN_LINE_EVERY_MS = 5000;
const PROGRESS_WIDTH = 16;

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

export interface Terminal {
  /** Columns of what stdout goes to. */
  readonly width: number;
  /** Writes data, and a line break after it. */
  readonly print: (text: string) => void;
  /** Writes a chunk of data as it is; resolves when there is room for more. */
  readonly write: (chunk: string) => Promise<void>;
  /** Writes a line to the person who waits. */
  readonly tell: (line: string) => void;
  /** Shows what is going on now, in place of what was shown before. */
  readonly showStatus: (text: string) => void;
  /** Shows how far something is: a bar on a terminal, a line elsewhere. */
  readonly showProgress: (progress: Progress) => void;
  readonly clearStatus: () => void;
  readonly style: (style: Style, text: string) => string;
}

/** What a terminal writes to: a stream of the process, or something in front of it. */
export interface TerminalStream {
  readonly write: (text: string) => boolean;
  readonly once: (event: 'drain', listener: () => void) => unknown;
  readonly columns?: number;
  readonly isTTY?: boolean;
}

/** A terminal over the process's own streams, or what stands in front of them. */
export function openTerminal({
  stdout,
  stderr,
}: {
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
}): Terminal {
  let statusShown = false;
  let lastPlainMs = Number.NEGATIVE_INFINITY;

  const clearStatus = () => {
    if (!statusShown) return;
    stderr.write('\r\u001b[2K');
    statusShown = false;
  };
  const showStatus = (text: string) => {
    if (stderr.isTTY) {
      stderr.write(`\r\u001b[2K${cutMiddle(text, (stderr.columns ?? 80) - 1)}`);
      statusShown = true;
      return;
    }
    const nowMs = performance.now();
    if (nowMs - lastPlainMs < PLAIN_LINE_EVERY_MS) return;
    lastPlainMs = nowMs;
    stderr.write(`${text}\n`);
  };
  return {
    width: stdout.columns ?? stderr.columns ?? 80,
    print(text) {
      clearStatus();
      stdout.write(`${text}\n`);
    },
    async write(chunk) {
      if (stdout.write(chunk)) return;
      await new Promise<void>((resolve) => stdout.once('drain', resolve));
    },
    tell(line) {
      clearStatus();
      stderr.write(`${line}\n`);
    },
    showStatus,
    showProgress({ done, total, label }) {
      const count = `${done + 1}/${total}`;
      showStatus(
        stderr.isTTY ? `${formatProgressBar(done / total)} ${count} ${label}` : `[${count}] ${label}`,
      );
    },
    clearStatus,
    style: (style, text) => (stdout instanceof Writable ? styleText(style, text, { stream: stdout }) : text),
  };
}

/** A bar of which a share is filled. */
function formatProgressBar(share: number): string {
  const filled = Math.round(share * PROGRESS_WIDTH);
  return '━'.repeat(filled) + '╌'.repeat(PROGRESS_WIDTH - filled);
}
