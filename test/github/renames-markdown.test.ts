import { describe, expect, it } from 'vitest';
import { renderNews } from '../../action/github/news-markdown.ts';
import { renderRenames } from '../../action/github/renames-markdown.ts';
import { createContext, createNews, findActiveText, HOSTILE, listTags, renderHtml } from './news.ts';

describe('suggested renames', () => {
  it('are in the summary as lines to copy', () => {
    const renames = [{ from: 'test/a.js > old', to: 'test/a.js > new', tests: 2 }];
    const limits = { changes: 5, failing: 5, stacks: 0 };
    expect(renderNews(createNews({ renames }), createContext(), limits)).toContain(
      '```text\nrenames:\n  - { from: "test/a.js > old", to: "test/a.js > new" }  # 2 tests\n```',
    );
    expect(renderNews(createNews(), createContext(), limits)).not.toContain('renamed');
  });

  it('are cut where there is little room', () => {
    const renames = Array.from({ length: 60 }, (_, at) => ({ from: `a > ${at}`, to: `b > ${at}`, tests: 1 }));
    const markdown = renderRenames({ renames }, 5);
    expect(markdown).toContain('"a > 4"');
    expect(markdown).not.toContain('"a > 9"');
    expect(markdown).toContain('more');
    expect(renderRenames({ renames }, 0)).toBe('');
  });

  it.each(HOSTILE)('are text alone, whatever a test is called: %j', (title) => {
    const html = renderHtml(renderRenames({ renames: [{ from: `a > ${title}`, to: title, tests: 1 }] }, 5));
    expect(new Set(listTags(html).filter((tag) => !tag.startsWith('</')))).toEqual(
      new Set(['<h3>', '<p>', '<code>', '<pre>', '<code class="language-text">']),
    );
    expect(findActiveText(html)).not.toMatch(/@|https?:|#\d/);
  });
});
