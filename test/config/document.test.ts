// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the files under test hold ${NAME} as text.
import { describe, expect, it } from 'vitest';
import { MAX_DEPTH, MAX_FILE_BYTES, MAX_TOKENS, MAX_VALUES } from '../../core/config/document.ts';
import { complaints, load, refusal } from './options.ts';

describe('text that is not YAML', () => {
  it.each([
    ['repos:\n\t- a', '2:1: The line is indented with a tab. Indent with spaces.'],
    ['a: b: c', '1:4: A line holds two keys. Put a value that contains ": " in quotes.'],
    ['url: @x', '1:6: A text starts with a character that means something in YAML. Put the text in quotes.'],
    ['url: "x', '1:8: This is not YAML: Missing closing "quote.'],
    [
      'url: "\\q"',
      '1:7: A text in double quotes holds a backslash that means nothing in YAML. Use single quotes, or write the backslash twice.',
    ],
    [
      'github: { token: ${X} }',
      '1:19: This is not YAML: something stands where a value should have ended. Put a text with special characters in quotes.',
    ],
    ['? [a]\n: b', '1:3: A key is not text. Put a value that starts with "{" or "[" in quotes.'],
    ['url: !secret x', '1:6: Tags ("!name") are not supported. Write the value without its tag.'],
    ['url: *x', '1:1: An alias (*name) names an anchor (&name) that is not defined above.'],
    ['url: a\n---\nurl: b', '2:1: The file holds several YAML documents.'],
  ])('is refused with its place: %j', (text, complaint) => {
    expect(complaints(text)).toEqual([complaint]);
    expect(refusal(text).code).toBe('config/syntax');
  });

  it('brings one problem a line, not those that follow from it', () => {
    expect(complaints('a: [}}}}\nb: "\\q \\q"\n').filter((line) => line.startsWith('1:'))).toHaveLength(1);
  });
});

describe('a hostile file', () => {
  it('is refused before it is parsed when it is too large', () => {
    const error = refusal('#'.repeat(10_000_000));
    expect(error.message).toBe('.tracey.yml:1:1: The file has more than 1.05 MB, the most that is read.');
    expect(error.code).toBe('config/too-large');
  });

  it('is measured in bytes', () => {
    expect(load(`#${'x'.repeat(MAX_FILE_BYTES - 1)}`).repos).toEqual([]);
    expect(refusal(`#${'é'.repeat(MAX_FILE_BYTES / 2)}`).code).toBe('config/too-large');
  });

  it.each([
    ['flow lists', '['.repeat(100_000)],
    ['flow keys', '{a: '.repeat(100_000)],
    ['block lists', '- '.repeat(100_000)],
    ['block keys', Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['an alias of itself', 'url: &a [*a]'],
  ])('is refused when it nests too deeply: %s', (_, text) => {
    const error = refusal(text);
    expect(error.code).toBe('config/too-deep');
    expect(error.problems[0]?.message).toBe(`The file is nested deeper than ${MAX_DEPTH} levels.`);
  });

  it('cannot multiply its values by aliases', () => {
    const level = (name: string, item: string) => `${name}: &${name} [${Array(10).fill(item).join(', ')}]\n`;
    const text = level('a', 'x') + level('b', '*a') + level('c', '*b') + level('d', '*c') + level('e', '*d');
    expect(complaints(text)).toEqual([
      expect.stringMatching(`The file holds more than ${MAX_VALUES} values, aliases included\\.$`),
    ]);
  });

  it('cannot go on for ever', () => {
    const error = refusal('[]\n'.repeat(MAX_TOKENS));
    expect(error.code).toBe('config/too-many-values');
    expect(error.problems[0]?.message).toBe(
      `The file goes on for more than ${MAX_TOKENS} pieces of YAML syntax.`,
    );
  });
});
