/** What is sent to see whether it arrives: a mail and a gauge that nobody can take for news. */
import { randomUUID } from 'node:crypto';
import { type Block, renderHtml, renderText } from './digest-render.ts';
import type { Gauge } from './gauges.ts';
import type { Mail } from './queue.ts';
import { formatQuote } from './quote.ts';

/** A mail that says what it is for. */
export function createTestMail(options: {
  readonly to: readonly string[];
  /** This machine's name. */
  readonly runner: string;
  /** Of the sender. */
  readonly domain: string;
  readonly version: string;
}): Mail {
  const { to, runner, domain, version } = options;
  const blocks: Block[] = [
    { level: 1, paragraphs: [{ kind: 'heading', text: 'A test' }] },
    {
      level: 2,
      paragraphs: [
        { kind: 'title', text: `Mail from ${formatQuote(runner)} arrives.`, tone: 'good' },
        { kind: 'text', text: 'Tracey will write when a job cannot measure or something became slower.' },
        { kind: 'chart', valuesMs: [1000, 1010, 990, 1005, 1300] },
      ],
    },
  ];
  const footer = [`Sent by "tracey notify --test" of Tracey ${version}.`];
  return {
    to: [...to],
    subject: `[Tracey] A test from ${formatQuote(runner, 60)}`,
    text: renderText(blocks, footer),
    html: renderHtml(blocks, footer),
    messageId: `<${randomUUID()}@${domain}>`,
    references: [],
  };
}

export const TEST_GAUGE: Gauge = { name: 'tracey.notify_test', tags: [], value: 1 };
