/** The tables of the Action's inputs and outputs, for people, from `action.yml`. */
import { parse } from 'yaml';
import { z } from 'zod';

const actionSchema = z.object({
  inputs: z.record(z.string(), z.object({ description: z.string(), default: z.string().optional() })),
  outputs: z.record(z.string(), z.object({ description: z.string() })),
});

/** Both tables as Markdown, as Biome formats them. */
export function renderActionTables(actionYml: string): string {
  const { inputs, outputs } = actionSchema.parse(parse(actionYml));
  const inputRows = Object.entries(inputs).map(([name, input]) => [
    code(name),
    input.default ? code(input.default) : '',
    escapeCell(input.description),
  ]);
  const outputRows = Object.entries(outputs).map(([name, output]) => [
    code(name),
    escapeCell(output.description),
  ]);
  return [
    renderTable(['input', 'default', 'what for'], inputRows),
    renderTable(['output', 'what it is'], outputRows),
  ].join('\n\n');
}

function renderTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(titles), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

function escapeCell(text: string): string {
  return text.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');
}
