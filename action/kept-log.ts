/** A terminal that keeps the last lines that were told, for whoever hears of a failed job later. */
import type { Terminal } from './terminal.ts';

const KEPT_LINES = 100;

export interface KeptLog {
  /** Tells as the terminal does. */
  readonly terminal: Terminal;
  /** The last lines, oldest first. */
  readonly lines: readonly string[];
}

export function keepLog(terminal: Terminal): KeptLog {
  const lines: string[] = [];
  return {
    lines,
    terminal: {
      ...terminal,
      tell(line) {
        terminal.tell(line);
        lines.push(...line.split('\n'));
        lines.splice(0, lines.length - KEPT_LINES);
      },
    },
  };
}
