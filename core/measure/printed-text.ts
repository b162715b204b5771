/**
 * What package managers and git print, made fit to be shown: no colours, no control characters, no passwords
 * in addresses. It cuts and cleans text, and draws no conclusion from it.
 */
import { stripVTControlCharacters } from 'node:util';

/** One line without colours, control characters and passwords, cut to `limit` characters with `…`. */
export function cleanLine(line: string, limit = 200): string {
  const clean = stripVTControlCharacters(line)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/(\w:\/\/)[^/\s@]*@/g, '$1***@')
    .trim();
  const characters = Array.from(clean.slice(0, 2 * limit + 2));
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : clean;
}

/** The last `count` lines that are not empty, each cleaned. A carriage return begins a line, too. */
export function findLastLines(printed: string, count: number): string[] {
  const lines: string[] = [];
  const all = printed.split(/[\r\n]+/);
  for (let index = all.length - 1; index >= 0 && lines.length < count; index -= 1) {
    const line = cleanLine(all[index] ?? '');
    if (line !== '') lines.unshift(line);
  }
  return lines;
}
