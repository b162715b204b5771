import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { computeGitHubCron } from '../../core/config/github-cron.ts';
import { findMistakes } from './workflow-check.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const pages = ['README.md', ...readdirSync(new URL('docs', ROOT)).map((name) => `docs/${name}`)].filter(
  (path) => path.endsWith('.md'),
);

describe('the pages', () => {
  const workflows = pages.flatMap((path) =>
    [...read(path).matchAll(/^```yaml\n(.*?)^```/gms)]
      .map(([, text = '']) => ({ path, text }))
      .filter(({ text }) => /^jobs:/m.test(text)),
  );

  it.each(workflows)('show workflows that GitHub takes: $path', async ({ text }) => {
    expect(await findMistakes(text)).toEqual([]);
  });

  it('say which cron entry becomes of a schedule', () => {
    const rows = [...read('docs/workflows.md').matchAll(/^\| `((?:\S+ ){5}\S+)` *\| `(.+?)` *\|/gm)];
    expect(rows).toHaveLength(7);
    for (const [, schedule = '', cron] of rows) expect(computeGitHubCron(schedule).cron).toBe(cron);
  });

  it('name examples that are there, and all of them', () => {
    const page = read('examples/README.md');
    const named = [...page.matchAll(/\]\((workflows\/[\w-]+\.yml)\)/g)].map(([, path]) => path);
    const present = readdirSync(new URL('examples/workflows', ROOT)).map((name) => `workflows/${name}`);
    expect(named.sort()).toEqual(present.sort());
  });
});
