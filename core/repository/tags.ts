/** What a repository calls its commits: tags, as releases have them. Names are other people's texts. */
import type { Tag, TagList } from '../model.ts';
import { type Repository, readGit } from './git.ts';

const FIELDS = ['%(refname:strip=2)', '%(objecttype)', '%(objectname)', '%(*objecttype)', '%(*objectname)'];

/**
 * The tags that a clone has, which need not be all; those of something else than a commit are left out.
 *
 * @throws JobError as {@link readGit}
 */
export async function listTags(repository: Repository): Promise<TagList> {
  const printed = await readGit(['for-each-ref', `--format=${FIELDS.join('%00')}`, 'refs/tags'], repository);
  const tags = printed.split('\n').flatMap((line): Tag[] => {
    const [name = '', type, sha = '', namedType, named = ''] = line.split('\0');
    // A tag with a message is an object of its own, which names the commit.
    if (type === 'commit') return [{ name, sha }];
    return type === 'tag' && namedType === 'commit' ? [{ name, sha: named }] : [];
  });
  return { tags, isComplete: false };
}
