import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { openTerminal } from '../../action/terminal.ts';

function makeTerminal(isTerminal: boolean) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  Object.assign(stderr, { isTTY: isTerminal, columns: 20 });
  const terminal = openTerminal({ stdout, stderr } as unknown as NodeJS.Process);
  return { terminal, stdout, stderr };
}

it('writes data to stdout and everything else to stderr', () => {
  const { terminal, stdout, stderr } = makeTerminal(false);
  terminal.print('data');
  terminal.tell('news');
  terminal.showStatus('working');
  expect(String(stdout.read())).toBe('data\n');
  expect(String(stderr.read())).toBe('news\nworking\n');
});

it('shows progress on one line of a terminal, never wider than it, and clears it before other text', () => {
  const { terminal, stderr } = makeTerminal(true);
  terminal.showStatus('[1/88] test/a-rather-long-name.js');
  terminal.tell('done');
  const written = String(stderr.read());
  expect(written).toMatch(/^\r\u001b\[2K\[1\/88\].{1,13}\r\u001b\[2Kdone\n$/);
});

it('shows progress as plain lines elsewhere, not more than one in a few seconds', () => {
  const { terminal, stderr } = makeTerminal(false);
  for (let n = 0; n < 100; n++) terminal.showStatus(`step ${n}`);
  expect(String(stderr.read())).toBe('step 0\n');
});

it('shows how far something is with a bar on a terminal, and with numbers elsewhere', () => {
  const progress = { done: 4, total: 8, label: 'a.js' };
  const [shown, plain] = [makeTerminal(true), makeTerminal(false)];
  Object.assign(shown.stderr, { columns: 80 });
  shown.terminal.showProgress(progress);
  plain.terminal.showProgress(progress);
  expect(String(shown.stderr.read())).toBe('\r\u001b[2K━━━━━━━━╌╌╌╌╌╌╌╌ 5/8 a.js');
  expect(String(plain.stderr.read())).toBe('[5/8] a.js\n');
});

it('waits for room before it writes more', async () => {
  const { terminal, stdout } = makeTerminal(false);
  let written = false;
  const writing = terminal.write('x'.repeat(1_000_000)).then(() => {
    written = true;
  });
  await Promise.resolve();
  expect(written).toBe(false);
  stdout.resume();
  await writing;
  expect(written).toBe(true);
});
