/** Whole sites for tests, with the real pages: built once, published with different data side by side, served under a sub-path. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publishSite } from '../../dashboard/publish/publish.ts';
import { openSiteServer } from '../../dashboard/serve/static-server.ts';
import { buildPages } from '../../scripts/build-pages.ts';

export interface ExampleSites {
  /** Folder of all sites; what is below it can be reached at {@link address}. */
  readonly folder: string;
  readonly address: string;
  /** Publishes a database as the site of this name. */
  readonly publish: (name: string, database: string) => Promise<void>;
  /** The pages without any data, as the site of this name. */
  readonly copyPages: (name: string) => void;
  /** Writes the index of the data of the site of this name, whatever it is. */
  readonly writeData: (name: string, index: string) => void;
  readonly close: () => Promise<void>;
}

/** Builds the pages and serves an empty folder for sites. */
export async function openExampleSites(): Promise<ExampleSites> {
  const folder = mkdtempSync(join(tmpdir(), 'tracey-sites-'));
  const pages = join(folder, 'pages');
  buildPages(pages);
  const server = await openSiteServer({ site: folder, port: 0 });
  return {
    folder,
    address: server.address,
    async publish(name, database) {
      await publishSite({
        database,
        site: join(folder, name),
        shell: pages,
        traceyVersion: '1.2.3',
        serverUrl: 'https://github.com',
        schedules: [],
      });
    },
    copyPages: (name) => cpSync(pages, join(folder, name), { recursive: true }),
    writeData(name, index) {
      mkdirSync(join(folder, name, 'data'), { recursive: true });
      writeFileSync(join(folder, name, 'data/index.json'), index);
    },
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
