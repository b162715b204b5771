import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { annotateProblem, formatLogLine } from '../../action/github/annotations.ts';
import { ConfigFileError } from '../../core/config/problems.ts';
import { HOSTILE } from './news.ts';

/**
 * Whether the runner takes a line for a command, by its own rules (actions/runner, ActionCommand.cs): trimmed, it begins
 * with `::` and has another `::`; or it has `##[` and after that `]` anywhere.
 */
function isCommand(line: string): boolean {
  const trimmed = line.replace(/^[\s\u0085\u180e\u200b\ufeff]+/, '');
  return (trimmed.startsWith('::') && trimmed.indexOf('::', 2) >= 0) || /##\[.*\]/.test(line);
}

/** The lines that the runner sees in a text. */
function listLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

describe('formatLogLine', () => {
  it.each([
    ['::error::no', '\\u003a:error::no'],
    ['  \t::add-mask::e', '  \t\\u003a:add-mask::e'],
    ['\u001b[31m::error::no', '\u001b[31m\\u003a:error::no'],
    ['see ##[add-mask]e', 'see \\u0023#[add-mask]e'],
    ['###[error]', '#\\u0023#[error]'],
    ['fine\r::error::no', 'fine\\r::error::no'],
  ])('breaks %j', (line, shown) => {
    expect(isCommand(line) || line.startsWith('\u001b') || line.includes('\r')).toBe(true);
    expect(formatLogLine(line)).toBe(shown);
  });

  it.each([
    '',
    'a::b::c',
    'std::vector::size',
    ': one',
    '# heading',
    '\u001b[32mpassed\u001b[39m',
    '  indented',
  ])('leaves %j as it is', (line) => {
    expect(formatLogLine(line)).toBe(line);
  });

  it('leaves no command in any text', () => {
    const parts = fc.constantFrom(
      ...HOSTILE,
      '::',
      ':',
      '#',
      '##[',
      ']',
      ' ',
      '\t',
      '\r',
      '\u0085',
      '\ufeff',
      '\u200b',
      '\u001b[31m',
      '\u001b',
      'error',
      'a',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (texts) => {
        const log = texts.join('').split('\n').map(formatLogLine).join('\n');
        expect(listLines(log).filter(isCommand)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('is soon done with a line that is made to keep it busy', () => {
    const line = `${'\u001b[1'.repeat(50_000)}:`;
    expect(formatLogLine(line)).toBe(line);
  });
});

describe('annotateProblem', () => {
  const problem = new ConfigFileError('.tracey-changes.yml', [
    { code: 'decisions/value', path: '', line: 3, column: 5, message: '::error::no', hint: null },
  ]);
  const annotate = (isWorkflowRepository: boolean) => {
    const told: unknown[] = [];
    annotateProblem({ annotate: (...all) => told.push(all) }, problem, { isWorkflowRepository });
    return told;
  };
  const message = '.tracey-changes.yml:3:5: ::error::no';

  it('points to the place in a file of the repo of the workflow', () => {
    const place = { file: '.tracey-changes.yml', startLine: 3, startColumn: 5 };
    expect(annotate(true)).toEqual([['warning', message, { title: 'Tracey', ...place }]]);
    expect(annotate(false)).toEqual([['warning', message, { title: 'Tracey' }]]);
  });
});
