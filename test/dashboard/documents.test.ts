import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOCUMENT_TAGS, type DocumentPart } from '../../dashboard/data-format.ts';
import { composeDocuments } from '../../dashboard/publish/documents.ts';
import { findParts } from '../../dashboard/publish/markdown.ts';

/** How long a document may be, in characters. */
const MOST = 65_536;

function compose(content: string, mediaType = 'text/markdown') {
  const [composed] = composeDocuments([{ name: 'a', mediaType, content }]);
  return composed;
}

/** Every element with its attributes, and every text. */
function listAll(parts: readonly DocumentPart[]): { tag: string; attributes: object; depth: number }[] {
  const list = (part: DocumentPart, depth: number): { tag: string; attributes: object; depth: number }[] => {
    if (typeof part === 'string') return [];
    const [tag, attributes, ...within] = part;
    return [{ tag, attributes, depth }, ...within.flatMap((one) => list(one, depth + 1))];
  };
  return parts.flatMap((part) => list(part, 1));
}

function readText(part: DocumentPart): string {
  if (typeof part === 'string') return part;
  const [, , ...within] = part;
  return within.map(readText).join('');
}

describe('a document of a run', () => {
  it('of Markdown is what it says, in elements', () => {
    const markdown = '3. *a* **b** ~~c~~ `d`\n\n> e\\\nf\n\n```sh\ng\n```\n\n|h|i|\n|-|-:|\n|j|k|\n\n---';
    expect(compose(markdown)?.parts).toEqual([
      [
        'ol',
        { start: 3 },
        ['li', {}, ['em', {}, 'a'], ' ', ['strong', {}, 'b'], ' ', ['s', {}, 'c'], ' ', ['code', {}, 'd']],
      ],
      ['blockquote', {}, ['p', {}, 'e', ['br', {}], 'f']],
      ['pre', {}, 'g\n'],
      [
        'table',
        {},
        ['thead', {}, ['tr', {}, ['th', {}, 'h'], ['th', { align: 'right' }, 'i']]],
        ['tbody', {}, ['tr', {}, ['td', {}, 'j'], ['td', { align: 'right' }, 'k']]],
      ],
      ['hr', {}],
    ]);
  });

  it('of anything else stays text', () => {
    for (const type of ['text/plain', 'application/json', 'text/html', 'text/markdownish', '']) {
      expect(compose('# a', type)).toEqual({ name: 'a', mediaType: type, cut: false, content: '# a' });
    }
    expect(compose('# a', 'text/markdown; charset=utf-8')).toMatchObject({ parts: [['h3', {}, 'a']] });
  });

  it('has its headings below those of the page, none a level too deep', () => {
    const levels = (text: string) => listAll(findParts(text) ?? []).map(({ tag }) => tag);
    expect(levels('# a\n### b\n## c\n###### d\n# e')).toEqual(['h3', 'h4', 'h4', 'h5', 'h3']);
    expect(levels('### a\n#### b')).toEqual(['h3', 'h4']);
  });

  it('has links to the web and to its own headings, and no others', () => {
    const links = (text: string) =>
      listAll(findParts(text) ?? []).flatMap(({ tag, attributes }) => (tag === 'a' ? [attributes] : []));
    expect(
      links('[a](https://example.org/ü?b#c "d") <http://example.org> [e]\n\n[e]: HTTPS://e.org'),
    ).toEqual([
      { href: 'https://example.org/%C3%BC?b#c' },
      { href: 'http://example.org' },
      { href: 'HTTPS://e.org' },
    ]);
    const part = '[a](#größe-der-nachricht) [b](#nowhere)\n\n## Größe der *Nachricht*!';
    expect(links(part)).toEqual([{ href: '#größe-der-nachricht' }]);
    expect(listAll(findParts(part) ?? []).at(-2)).toMatchObject({
      tag: 'h3',
      attributes: { id: 'größe-der-nachricht' },
    });
    const refused = [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      'javascript&colon;alert(1)',
      '&#106;avascript:alert(1)',
      'java\u0001script:alert(1)',
      'data:text/html,<script>alert(1)</script>',
      'vbscript:a',
      'file:///etc/passwd',
      'blob:https://example.org/a',
      'mailto:a@example.org',
      '//example.org/a',
      '/etc/passwd',
      '../a.md',
      'https:',
      'http://',
      'https://[a',
      '#',
      '#%',
      '#__proto__',
      '',
    ];
    for (const href of refused) expect(links(`[a](${href}) [b](<${href}>) <${href}>`), href).toEqual([]);
  });

  it('keeps HTML as the text that it is, and of pictures what stands for them', () => {
    const html = '<script>alert(1)</script> <img src=x onerror=alert(1)> <!-- a --> <b>c</b>';
    expect(findParts(html)).toEqual([['p', {}, html]]);
    expect(findParts(`<div>\n${html}\n</div>`)?.map(readText)).toEqual([`<div>\n${html}\n</div>`]);
    expect(findParts('![a b](https://example.org/a.png "c")')).toEqual([['p', {}, 'a b']]);
  });

  it('is made of known elements and attributes alone, whatever was written', () => {
    const bits = [
      '[',
      '](',
      ')',
      '!',
      '<',
      '>',
      '*',
      '_',
      '~~',
      '`',
      '\n',
      '\n\n',
      '# ',
      '- ',
      '1. ',
      '> ',
      '|',
      '---',
    ];
    const more = [
      'javascript:a',
      'https://b',
      '#c',
      '<script>',
      '"',
      "'",
      '\\',
      '&',
      'onclick=',
      '    ',
      '\t',
      '\0',
      'c',
    ];
    const written = fc
      .array(fc.constantFrom(...bits, ...more), { maxLength: 60 })
      .map((some) => some.join(''));
    fc.assert(
      fc.property(written, (text) => {
        for (const { tag, attributes } of listAll(findParts(text) ?? [])) {
          expect(DOCUMENT_TAGS).toContain(tag);
          for (const [name, value] of Object.entries(attributes)) {
            expect(['href', 'id', 'start', 'align']).toContain(name);
            if (name === 'href') expect(value).toMatch(/^(https?:\/\/|#)/i);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['quotes in quotes', '>'.repeat(MOST)],
    ['lists in lists', Array.from({ length: 200 }, (_, depth) => `${' '.repeat(2 * depth)}- a\n`).join('')],
    ['emphasis in emphasis', `${'*a **b '.repeat(200)}${'c** d* '.repeat(200)}`],
    ['very many lists', '\n\n- '.repeat(MOST / 4)],
    [
      'a table that is far larger than it is long',
      `|${'a|'.repeat(8000)}\n|${'-|'.repeat(8000)}\n${'|\n'.repeat(16_000)}`,
    ],
  ])('is text when it is too much: %s', (_, content) => {
    expect(compose(content)).toEqual({ name: 'a', mediaType: 'text/markdown', cut: false, content });
  });

  it.each(['[', '![', '[a](', '[a][', '*a ', '**a_ ', '<', '<!--', '&', '(('])(
    'loses nothing of what never ends, and comes to an end with it: %j',
    (bit) => {
      const text = bit.repeat(MOST / bit.length);
      expect(compose(text)?.parts?.map(readText).join('')).toBe(text.trim());
    },
  );

  it('is cut where it is long, and says so; of very much Markdown in one run the rest is text', () => {
    const long = compose('a '.repeat(524_288));
    expect(long).toMatchObject({ cut: true });
    expect(long?.parts?.map(readText).join('')).toHaveLength(MOST);
    const documents = Array.from({ length: 6 }, (_, at) => ({
      name: String(at),
      mediaType: 'text/markdown',
      content: 'a '.repeat(MOST),
    }));
    const shown = composeDocuments(documents).map(({ parts }) => parts !== undefined);
    expect(shown).toEqual([true, true, true, true, false, false]);
  });
});
