/** The job summary: everything that there is to tell, on the page of the workflow's run. */
import { SUMMARY_DOCUMENT } from '../../core/model.ts';
import { type JobNews, NEWS_LIMITS } from '../../core/notify/news.ts';
import { renderWithin } from './markdown.ts';
import type { NewsContext } from './news-context.ts';
import { renderNews } from './news-markdown.ts';

/** The runner refuses a step's summary above 1 MiB altogether. */
const SUMMARY_BYTES = 1_000_000;
const STACKS = 10;
/** Of what one job type wrote. */
const SUMMARY_LINES = 2000;

/** News as Markdown of at most {@link SUMMARY_BYTES}, whatever there is to tell. */
export function renderSummary(news: JobNews, context: NewsContext): string {
  return renderWithin(SUMMARY_BYTES, (share) => {
    const limits = {
      changes: Math.ceil(NEWS_LIMITS.changes * share),
      failing: Math.ceil(NEWS_LIMITS.failing * share),
      stacks: Math.ceil(STACKS * share),
    };
    return `${[renderNews(news, context, limits), ...renderOwnSummaries(news, share)].join('\n\n')}\n`;
  });
}

/** What job types wrote for the summary; the same of several runs once. It is Markdown of code that is trusted. */
function renderOwnSummaries({ runs }: JobNews, share: number): string[] {
  const texts = runs.flatMap(({ run }) =>
    run.documents.filter(({ name }) => name === SUMMARY_DOCUMENT).map(({ content }) => content.trimEnd()),
  );
  return [...new Set(texts)].map((text) => {
    const lines = text.split('\n');
    const room = Math.ceil(SUMMARY_LINES * share);
    return lines.length <= room
      ? text
      : [...lines.slice(0, room), '', `… and ${lines.length - room} lines more`].join('\n');
  });
}
