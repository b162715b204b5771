/** The job summary: everything that there is to tell, on the page of the workflow's run. */
import { type JobNews, NEWS_LIMITS } from '../../core/notify/news.ts';
import { renderWithin } from './markdown.ts';
import type { NewsContext } from './news-context.ts';
import { renderNews } from './news-markdown.ts';

/** The runner refuses a step's summary above 1 MiB altogether. */
const SUMMARY_BYTES = 1_000_000;
const STACKS = 10;

/** News as Markdown of at most {@link SUMMARY_BYTES}, whatever there is to tell. */
export function renderSummary(news: JobNews, context: NewsContext): string {
  return renderWithin(SUMMARY_BYTES, (share) => {
    const limits = {
      changes: Math.ceil(NEWS_LIMITS.changes * share),
      failing: Math.ceil(NEWS_LIMITS.failing * share),
      stacks: Math.ceil(STACKS * share),
    };
    return `${renderNews(news, context, limits)}\n`;
  });
}
