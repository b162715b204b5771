import { describe, expect, it } from 'vitest';
import { cutMiddle, formatTable } from '../../action/text-table.ts';

const COLUMNS = [
  { title: 'time', align: 'right' },
  { title: 'name', flexible: 'middle' },
] as const;

describe('a table', () => {
  it('aligns its columns', () => {
    expect(
      formatTable(
        COLUMNS,
        [
          ['1 ms', 'a'],
          ['100 ms', 'b'],
        ],
        80,
      ),
    ).toBe('  time  name\n  1 ms  a\n100 ms  b');
  });

  it('cuts the flexible column to fit the terminal', () => {
    const name = 'test/app.js > app > should inherit from event emitter';
    const table = formatTable(COLUMNS, [['1 ms', name]], 30);
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(30);
    expect(table).toContain('test/');
    expect(table).toContain('emitter');
    expect(table).toContain('…');
  });

  it('cuts sentences at their end', () => {
    const table = formatTable([{ title: 'subject', flexible: 'end' }], [['Keep documents in order']], 15);
    expect(table.split('\n')[1]).toBe('Keep documents…');
  });

  it('leaves out a column that is empty in every row', () => {
    expect(formatTable([...COLUMNS, { title: 'hooks' }], [['1 ms', 'a', '']], 80)).not.toContain('hooks');
  });

  it('counts wide characters as two columns and colours as none', () => {
    const table = formatTable(
      [{ title: 'a' }, { title: 'b' }],
      [
        ['中文', 'x'],
        ['\u001b[31mred\u001b[39m', 'y'],
      ],
      80,
    );
    expect(table.split('\n')).toEqual(['a     b', '中文  x', '\u001b[31mred\u001b[39m   y']);
  });
});

it('cuts nothing that fits', () => {
  expect(cutMiddle('short', 5)).toBe('short');
});

it('never cuts an emoji in two', () => {
  expect(cutMiddle('😀😀😀😀😀😀', 7)).toMatch(/^(😀|…)+$/u);
});
