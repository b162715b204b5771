/** Commits as they are published: authors by name alone, since addresses are nobody else's business. Pure. */
import type { CommitNote } from '../data-format.ts';
import { toSeconds } from './figures.ts';

/** Longest subject that is published. */
const MOST_SUBJECT = 200;

/** A commit without the address of its author. */
export function formatCommit(commit: {
  readonly sha: string;
  readonly author: string;
  readonly subject: string;
  readonly committedAt: string;
}): CommitNote {
  return {
    sha: commit.sha,
    author: formatAuthor(commit.author),
    subject: commit.subject.slice(0, MOST_SUBJECT),
    committedS: toSeconds(commit.committedAt),
  };
}

/** `Ada <ada@example.org>` → `Ada`; of an address alone what is before the @. */
function formatAuthor(author: string): string {
  const name = author.replace(/\s*<[^<>]*>\s*$/, '').trim();
  return (name === '' ? author.replace(/^[\s<]+|[>\s]+$/g, '') : name).replace(/@.*$/s, '');
}
