import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { actionlint } from '../../scripts/peers/actionlint.ts';
import { listExamples, listGenerated } from '../examples/all-workflows.ts';
import { requireInstalled } from './installed-peer.ts';

const CONFIG = fileURLToPath(new URL('../../examples/actionlint.yaml', import.meta.url));

/** What actionlint says of a workflow, one line each; the linters of shell and Python that it may find are left out. */
function lint(program: string, text: string): string[] {
  const args = ['-no-color', '-oneline', '-shellcheck=', '-pyflakes=', '-config-file', CONFIG, '-'];
  const { stdout, stderr, status } = spawnSync(program, args, { input: text, encoding: 'utf8' });
  if (status !== 0 && status !== 1) throw new Error(`actionlint ended with ${status}: ${stderr}`);
  return stdout.split('\n').filter((line) => line !== '');
}

describe('actionlint', () => {
  const all = [...listExamples(), ...listGenerated()];
  it.for(all)('has nothing against $name', async ({ text }, context) => {
    expect(lint(await requireInstalled(context, actionlint), text)).toEqual([]);
  });

  it('knows the labels of our runners and no others, and would say so', async (context) => {
    const program = await requireInstalled(context, actionlint);
    const text = listExamples().find(({ name }) => name === 'push.yml')?.text ?? '';
    const said = lint(program, text.replace('tracey-primary]', 'tracey-prime]')).join('\n');
    expect(said).toContain('label "tracey-prime" is unknown');
    expect(lint(program, text.replace('queue: max', 'cue: max')).join('\n')).toContain(
      'unexpected key "cue"',
    );
  });
});
