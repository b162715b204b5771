/** The tags in a database, by their names, oldest commit first. */
import { openBulkReader } from '../../core/store/open.ts';

export function readTags(file: string): string[] {
  const reader = openBulkReader({ file });
  try {
    return reader.listRepositories().flatMap(({ id }) => reader.listTags(id).map(({ name }) => name));
  } finally {
    reader.close();
  }
}
