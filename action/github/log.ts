/**
 * The log of a step as a terminal: plain lines, none of which the runner takes for a command to itself. It reads
 * commands from stdout and stderr alike.
 */
import { openTerminal, type Terminal, type TerminalStream } from '../terminal.ts';
import { formatLogLine } from './annotations.ts';

/** Columns for tables; the log of a step has no width of its own. */
const WIDTH = 120;

export function openLog({ stdout }: Pick<NodeJS.Process, 'stdout'>): Terminal {
  const stream: TerminalStream = {
    write: (text) => stdout.write(text.split('\n').map(formatLogLine).join('\n')),
    once: (event, listener) => stdout.once(event, listener),
    columns: WIDTH,
  };
  // One stream for both, so that lines stay in their order.
  return openTerminal({ stdout: stream, stderr: stream });
}
