import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  renderCode,
  renderCodeBlock,
  renderDetails,
  renderTable,
  renderText,
  renderWithin,
} from '../../action/github/markdown.ts';
import { formatUntrusted } from '../../core/text.ts';
import { findActiveText, HOSTILE, listCode, listTags, renderHtml } from './news.ts';

/** Texts made of what means something in Markdown, HTML and tables. */
const nasty = fc
  .array(
    fc.constantFrom(
      ...'`|\\<>[]()!*_~#@&;:/. -+=$"\'\n\r\t',
      'a',
      'b1',
      'www.',
      'https://',
      'x@y.zz',
      '&#64;',
      '<b>',
      '-->',
      '\u202e',
      '\ud83d\ude00',
      '\u200d',
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

const LINKS = /@\w|#\d|https?:\/\/|www\.\w|GH-\d/;

describe('renderCode', () => {
  const showTwice = (text: string) => {
    const table = renderTable([{ title: 'a' }, { title: 'b' }], [[renderCode(text), 'end']]);
    return { list: renderHtml(`- ${renderCode(text)}, end`), table: renderHtml(table) };
  };
  const plain = showTwice('plain');

  it.each(HOSTILE)('shows a text and nothing else: %j', (text) => {
    const { list, table } = showTwice(text);
    for (const [html, other] of [
      [list, plain.list],
      [table, plain.table],
    ] as const) {
      const tags = listTags(html).filter((tag) => !/^<\/?code>$/.test(tag));
      expect(tags).toEqual(listTags(other).filter((tag) => !/^<\/?code>$/.test(tag)));
      expect(findActiveText(html)).not.toMatch(LINKS);
    }
  });

  it('shows any text as it is, but for what would act on a terminal', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const { list, table } = showTwice(text);
        const shown = formatUntrusted(text);
        const isNamed = shown.trim() !== '' && !/`{8,}/.test(shown);
        fc.pre(isNamed);
        expect(listTags(list)).toEqual(listTags(plain.list));
        expect(listTags(table)).toEqual(listTags(plain.table));
        expect(listCode(list)).toEqual([shown]);
        expect(listCode(table)).toEqual([shown.replaceAll('\\|', '\\│')]);
      }),
      { numRuns: 500 },
    );
  });

  it('says so when there is nothing to show', () => {
    expect(renderCode('')).toBe('(no name)');
    expect(renderCode('  ', '(no message)')).toBe('(no message)');
  });

  it('cuts what is long, and no character in two', () => {
    const html = renderHtml(renderCode(`${'x'.repeat(198)}\u{1f600}${'y'.repeat(9999)}`));
    expect(listCode(html)).toEqual([`${'x'.repeat(198)}…`]);
  });
});

describe('renderText', () => {
  it.each(HOSTILE)('draws nothing and names nobody: %j', (text) => {
    const html = renderHtml(`- a: ${renderText(text)}`);
    expect(listTags(html)).toEqual(listTags(renderHtml('- a: plain')));
    expect(findActiveText(html)).not.toMatch(LINKS);
  });

  it('makes no tag and no link of any text', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const html = renderHtml(`- a: ${renderText(text)}`);
        expect(listTags(html)).toEqual(listTags(renderHtml('- a: plain')));
        expect(findActiveText(html)).not.toMatch(LINKS);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves a sentence as it was written', () => {
    const sentence =
      'Node 22 not measured: "mocha" (11.1.0) isn\'t there; run `npm ci` in packages/a_b, 100 % sure!';
    expect(renderHtml(renderText(sentence))).toBe(`<p>${sentence.replaceAll('"', '&quot;')}</p>`);
  });
});

describe('renderCodeBlock', () => {
  it.each(HOSTILE)('holds whatever is in it: %j', (text) => {
    const html = renderHtml(`${renderCodeBlock(text, 5)}\n\nafter`);
    expect(listTags(html)).toEqual(listTags(renderHtml(`${renderCodeBlock('plain', 5)}\n\nafter`)));
    expect(findActiveText(html)).not.toMatch(LINKS);
    expect(html).toMatch(/<p>after<\/p>$/);
  });

  it('says how many lines are missing', () => {
    expect(renderCodeBlock('a\nb\nc\nd', 2)).toBe('```text\na\nb\n… and 2 more\n```');
  });
});

describe('renderTable', () => {
  it('aligns its columns, and is nothing without rows', () => {
    const columns = [{ title: 'a', align: 'right' }, { title: 'b' }] as const;
    expect(renderTable(columns, [['1', '2']])).toBe('| a | b |\n| ---: | --- |\n| 1 | 2 |');
    expect(renderTable(columns, [])).toBe('');
  });
});

describe('renderDetails', () => {
  it('renders what it holds as Markdown', () => {
    const html = renderHtml(renderDetails('Stacks', '- one'));
    expect(listTags(html)).toEqual([
      '<details>',
      '<summary>',
      '</summary>',
      '<ul>',
      '<li>',
      '</li>',
      '</ul>',
      '</details>',
    ]);
  });
});

describe('renderWithin', () => {
  it('shows the most that there is room for', () => {
    const render = (share: number) => 'é'.repeat(Math.ceil(100 * share));
    expect(renderWithin(200, render)).toHaveLength(100);
    expect(renderWithin(199, render)).toHaveLength(50);
    expect(renderWithin(10, render)).toHaveLength(5);
  });

  it('ends with a whole line when even the least is too much', () => {
    const cut = renderWithin(30, () => 'first line\nsecond line\nthird line\n');
    expect(cut).toBe('first line\n\n…\n');
  });
});
