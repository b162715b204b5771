/** Suggested renames, as Markdown. */
import type { JobNews } from '../../core/notify/news.ts';
import { formatRenameLines, RENAMES_REMARK, SHOWN_RENAMES } from '../renames-text.ts';
import { renderCodeBlock } from './markdown.ts';

/** Empty when there is none. */
export function renderRenames({ renames }: Pick<JobNews, 'renames'>, limit: number): string {
  if (renames.length === 0 || limit === 0) return '';
  const lines = formatRenameLines(renames).join('\n');
  const block = renderCodeBlock(lines, Math.min(limit, SHOWN_RENAMES) + 2);
  return ['### Perhaps renamed', RENAMES_REMARK.replace('.tracey.yml', '`.tracey.yml`'), block].join('\n\n');
}
