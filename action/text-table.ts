/** Tables for a terminal: columns as wide as needed, one that gives way when there is no room. */
import { stripVTControlCharacters } from 'node:util';
import { computeWidth } from './text-width.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** The one column that is cut when the table is too wide: names in their middle, sentences at their end. */
  readonly flexible?: 'middle' | 'end';
}

/**
 * A table as lines, no wider than `width`; a column whose cells are all empty is left out. Cells may be coloured;
 * they must hold no line break.
 *
 * @param width columns of the terminal
 */
export function formatTable(
  allColumns: readonly Column[],
  allRows: readonly (readonly string[])[],
  width: number,
): string {
  const isFilled = (index: number) => allRows.some((row) => row[index] !== '');
  const columns = allColumns.filter((_, index) => isFilled(index));
  const rows = allRows.map((row) => row.filter((_, index) => isFilled(index)));
  const widths = columns.map((column, index) =>
    Math.max(computeWidth(column.title), ...rows.map((row) => computeWidth(row[index] ?? ''))),
  );
  const gap = 2;
  const total = widths.reduce((sum, one) => sum + one, 0) + gap * (columns.length - 1);
  const flexible = columns.findIndex((column) => column.flexible !== undefined);
  if (total > width && flexible !== -1) {
    widths[flexible] = Math.max(12, (widths[flexible] ?? 0) - (total - width));
  }
  const lines = [columns.map((column) => column.title), ...rows].map((cells) =>
    cells
      .map((cell, index) => {
        const room = widths[index] ?? 0;
        const fitted = computeWidth(cell) > room ? cut(cell, room, columns[index]?.flexible) : cell;
        const padding = ' '.repeat(Math.max(0, room - computeWidth(fitted)));
        return columns[index]?.align === 'right' ? padding + fitted : fitted + padding;
      })
      .join(' '.repeat(gap))
      .trimEnd(),
  );
  return lines.join('\n');
}

function cut(text: string, room: number, where: Column['flexible']): string {
  if (where !== 'end') return cutMiddle(text, room);
  return `${takeWidth(Array.from(stripVTControlCharacters(text)), room - 1).join('')}…`;
}

/** Cuts the middle of a text out, since beginnings and ends of names tell most; colours are lost with it. */
export function cutMiddle(text: string, room: number): string {
  const characters = Array.from(stripVTControlCharacters(text));
  if (computeWidth(characters.join('')) <= room) return text;
  const head = takeWidth(characters, Math.floor((room - 1) / 3));
  const tail = takeWidth(characters.toReversed(), room - 1 - computeWidth(head.join(''))).toReversed();
  return `${head.join('')}…${tail.join('')}`;
}

function takeWidth(characters: readonly string[], room: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const character of characters) {
    used += computeWidth(character);
    if (used > room) break;
    taken.push(character);
  }
  return taken;
}
