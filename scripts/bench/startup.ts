/** How long the command line takes to say anything at all, over a bare Node. */
import { type Bench, summarise } from './bench.ts';
import { timeCommand } from './commands.ts';
import { computeDifferences, interleave } from './interleave.ts';
import { buildTracey } from './tracey.ts';

const ROUNDS = { full: 60, quick: 5 } as const;

export const startup: Bench = {
  name: 'startup',
  about: '`tracey --version` over `node -e 0`',
  async run({ size, folder }) {
    const tracey = await buildTracey(folder);
    const time = (args: readonly string[]) => () =>
      timeCommand({ command: process.execPath, args, cwd: tracey.home });
    const times = await interleave(ROUNDS[size], {
      bare: time(['-e', '0']),
      tracey: time([tracey.script, '--version']),
    });
    return [
      summarise('bare node', 'ms', times.bare),
      summarise('tracey --version', 'ms', times.tracey),
      summarise('tracey --version − bare node', 'ms', computeDifferences(times.tracey, times.bare)),
    ];
  },
};
