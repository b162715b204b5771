/** How long the command line and the Action take to say anything at all, over a bare Node. */
import { type Bench, summarise } from './bench.ts';
import { timeCommand } from './commands.ts';
import { computeRatios, interleave } from './interleave.ts';
import { buildTracey } from './tracey.ts';

const ROUNDS = { full: 60, quick: 5 } as const;

export const startup: Bench = {
  name: 'startup',
  about: '`tracey --version`, the help of a command, and the start of the Action, over `node -e 0`',
  async run({ size, folder }) {
    const tracey = await buildTracey(folder);
    const time =
      (args: readonly string[], env = {}) =>
      () =>
        timeCommand({
          command: process.execPath,
          args,
          cwd: tracey.home,
          env: { TRACEY_HOME: tracey.home, ...env },
        });
    const times = await interleave(ROUNDS[size], {
      bare: time(['-e', '0']),
      version: time([tracey.script, '--version']),
      // As the first time: nothing that was compiled is kept.
      first: time([tracey.script, '--version'], { NODE_DISABLE_COMPILE_CACHE: '1' }),
      help: time([tracey.script, 'run', '--help']),
      // It has read its inputs and says that one is wrong: the start, and nothing else.
      action: () =>
        timeCommand({
          command: process.execPath,
          args: [tracey.action],
          cwd: tracey.home,
          env: { TRACEY_HOME: tracey.home, INPUT_COMMAND: 'none' },
          exitCodes: [1],
        }),
    });
    return [
      summarise('bare node', 'ms', times.bare),
      summarise('tracey --version', 'ms', times.version),
      {
        ...summarise('tracey --version ÷ bare node', '×', computeRatios(times.version, times.bare)),
        target: '≤ 3',
      },
      summarise('tracey --version ÷ bare node, the first time', '×', computeRatios(times.first, times.bare)),
      summarise('tracey run --help', 'ms', times.help),
      summarise('tracey run --help ÷ bare node', '×', computeRatios(times.help, times.bare)),
      summarise('the Action, up to its first step', 'ms', times.action),
      {
        ...summarise('the Action ÷ bare node', '×', computeRatios(times.action, times.bare)),
        target: '≤ 3',
      },
    ];
  },
};
