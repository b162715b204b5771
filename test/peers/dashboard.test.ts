import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../core/store/open.ts';
import { writeExampleDatabase, writeHostileDatabase, writeSmallDatabase } from '../dashboard-site/example.ts';
import { type ExampleSites, openExampleSites } from '../dashboard-site/sites.ts';
import {
  isChromiumThere,
  keepScreenshot,
  openPage,
  startChromium,
  type WatchedPage,
  WIDTHS,
  type Width,
} from './dashboard-browser.ts';
import { requirePeer } from './require-peer.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const REPO = 'repo=happner%2Fsample';

/** Every page, with something to show. */
const PAGES: Readonly<Record<string, string>> = {
  overview: 'index.html',
  repo: `repo.html?${REPO}`,
  series: `series.html?${REPO}&file=test%2Fmodule-0.test.js&runner=bench&node=24&with=device-7%2F24%2Fperformance-tracker-lite%2Ffile`,
  run: 'run.html',
  compare: 'compare.html',
  changes: 'changes.html',
  runners: 'runners.html',
  'not-found': '404.html',
};

let sites: ExampleSites;
let browser: Browser;
const opened: WatchedPage[] = [];

beforeAll(async () => {
  if ((await isChromiumThere()) !== true) return;
  [sites, browser] = await Promise.all([openExampleSites(), startChromium()]);
  const example = join(sites.folder, 'example.db');
  await writeExampleDatabase(example);
  await sites.publish('some/where', example);
  return async () => {
    await browser.close();
    await sites.close();
  };
});

beforeEach(async (context) => {
  await requirePeer(context, { name: 'Chromium', isThere: isChromiumThere });
  return async () => {
    for (const { close } of opened.splice(0)) await close();
  };
});

/** A page of the site of this name, opened. */
async function visit(
  path: string,
  options: { readonly site?: string; readonly width?: Width; readonly scheme?: 'light' | 'dark' } = {},
): Promise<WatchedPage> {
  const { site = 'some/where', ...rest } = options;
  const watched = await openPage(browser, { address: `${sites.address}${site}/`, ...rest });
  opened.push(watched);
  await watched.open(path);
  return watched;
}

/** Rules whose answer depends on colours and on the room there is; the others say the same everywhere. */
const VISUAL_RULES = ['color-contrast', 'target-size', 'scrollable-region-focusable', 'link-in-text-block'];

/** What axe finds wrong, in one line each; `rules` are all that are meant for everybody, unless named. */
async function findBarriers(page: Page, rules: readonly string[] = []): Promise<string[]> {
  await page.evaluate(AXE);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const runOnly = rules.length > 0 ? { type: 'rule', values: rules } : { type: 'tag', values: tags };
  const options = JSON.stringify({ resultTypes: ['violations'], runOnly });
  const results = await page.evaluate<AxeResults>(`axe.run(document, ${options})`);
  return results.violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map(({ html }) => html.slice(0, 160))
        .join(' | ')}`,
  );
}

async function findOverflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Texts in which a line could end between a number and its unit. */
async function findLooseUnits(page: Page): Promise<string[]> {
  const texts = await page.locator('main').allTextContents();
  return texts.flatMap((text) => text.match(/.{0,20}\d (?:[µm]?s|min|h|[kMGT]?B|%)(?![a-z]).{0,10}/g) ?? []);
}

describe('every page', () => {
  for (const scheme of ['light', 'dark'] as const) {
    for (const width of Object.keys(WIDTHS) as Width[]) {
      it(`has no barriers and stays within its width: ${width}, ${scheme}`, async () => {
        const watched = await visit('404.html', { scheme, width });
        for (const [name, path] of Object.entries(PAGES)) {
          await watched.open(path);
          // Pictures of a wall take long, and one colour scheme shows what is to be seen.
          if (width !== 'wall' || scheme === 'light')
            await keepScreenshot(watched.page, `${name}-${width}-${scheme}`);
          expect(await findOverflow(watched.page), name).toBeLessThanOrEqual(0);
          expect(await findLooseUnits(watched.page), name).toEqual([]);
          const rules = width === 'laptop' && scheme === 'light' ? [] : VISUAL_RULES;
          expect(await findBarriers(watched.page, rules), name).toEqual([]);
        }
        expect(watched.troubles).toEqual([]);
      }, 300_000);
    }
  }
});

describe('the page for what is not there', () => {
  it('has its looks and its links at an address of any depth, wherever the site lies', async () => {
    // As servers are told to: one page for all that is missing.
    cpSync(join(sites.folder, 'some/where/404.html'), join(sites.folder, '404.html'));
    const { page, troubles } = await visit('404.html');
    for (const missing of ['nothing.html', 'no/thing/', 'a/b//c%2F..%2F/d.json?repo=x#y', 'a/'.repeat(40)]) {
      await page.goto(`${sites.address}some/where/${missing}`);
      await page.waitForSelector('html[data-ready]');
      await page.getByRole('button', { name: 'Dark' }).click();
      expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
      await keepScreenshot(page, 'not-found-deep');
      const font = 'getComputedStyle(document.querySelector("h1")).fontFamily';
      expect(await page.evaluate(font), missing).toContain('Plex');
      for (const link of await page.locator('a[href]:not([href^="#"])').all()) {
        const address = await link.evaluate((element) => (element as unknown as { href: string }).href);
        expect(address).toMatch(`${sites.address}some/where/`);
        expect((await fetch(address)).status, address).toBe(200);
      }
      await page.getByRole('link', { name: 'To the overview' }).click();
      await page.getByRole('heading', { name: 'happner/sample' }).waitFor();
    }
    // Two slashes are no other server; and where no site is, there is nothing to lead to.
    await page.goto(`${sites.address}/elsewhere.example/x/y`);
    await page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor();
    const asked = troubles.filter((trouble) => trouble.startsWith('left the site'));
    expect(asked.filter((trouble) => !trouble.includes(sites.address))).toEqual([]);
    expect(troubles.filter((trouble) => /polic|error:/i.test(trouble))).toEqual([]);
  });
});

describe('the repository page', () => {
  it('keeps its filters in the address, and shows from an address what was chosen', async () => {
    const { page } = await visit(`repo.html?${REPO}`);
    await page.getByLabel('Runner and Node version').selectOption({ label: 'device-7, Node 24' });
    await page.waitForURL(/runner=device-7/);
    await page.getByLabel('Newest outcome').selectOption('failed');
    await page.waitForURL(/outcome=failed/);
    const { page: other } = await visit(page.url().split('/').at(-1) ?? '');
    expect(await other.getByLabel('Newest outcome').inputValue()).toBe('failed');
    const chosen = other.getByLabel('Runner and Node version').locator('option:checked');
    expect(await chosen.textContent()).toBe('device-7, Node 24');
    await other.getByText('No test file fits what was chosen above.').waitFor();
  });

  it('finds a test while one types, by keyboard alone', async () => {
    const { page } = await visit(`repo.html?${REPO}`);
    const field = page.getByRole('combobox', { name: 'Find a test, suite or file' });
    await field.focus();
    await page.keyboard.type('module-3 rule 11');
    await page.getByRole('option').first().waitFor();
    expect(await page.getByRole('option').first().textContent()).toContain('does what rule 11 says');
    await page.waitForURL(/q=module-3\+rule\+11/);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/series\.html/);
    await page.getByRole('heading', { level: 1, name: 'does what rule 11 says' }).waitFor();
  });

  it('sorts its table by keyboard, and says so', async () => {
    const { page } = await visit(`repo.html?${REPO}`);
    const files = page.getByRole('table', { name: 'Test files' });
    await files.getByRole('button', { name: 'File' }).focus();
    await page.keyboard.press('Enter');
    expect(await files.getByRole('columnheader', { name: 'File' }).getAttribute('aria-sort')).toBe(
      'ascending',
    );
    const names = await files.getByRole('rowheader').allTextContents();
    expect(names).toEqual([...names].sort());
  });
});

const SERIES = `series.html?${REPO}&file=test%2Fmodule-3.test.js&runner=bench&node=24`;

/** What the chart shows, as the bytes of its picture. */
async function readPicture(page: Page): Promise<string> {
  return page.evaluate("document.querySelector('canvas').toDataURL()");
}

async function findPlace(page: Page): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await page.locator('canvas').first().boundingBox();
  if (box === null) throw new Error('the chart is not seen');
  return box;
}

describe('a trend', () => {
  it('is zoomed by dragging, and an address shows the same stretch again', async () => {
    const { page } = await visit(SERIES);
    const all = await readPicture(page);
    const { x, y, width, height } = await findPlace(page);
    await page.mouse.move(x + width * 0.4, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.7, y + height / 2, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/range=\d+%7E\d+/);
    await page.mouse.move(0, 0);
    expect(await readPicture(page)).not.toBe(all);
    const address = page.url().split('/').at(-1) ?? '';
    const [first, second] = await Promise.all([visit(address), visit(address)]);
    expect(await readPicture(first.page)).toBe(await readPicture(second.page));
    expect(await readPicture(first.page)).not.toBe(all);
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.waitForURL((url) => !url.search.includes('range='));
  });

  it('names commit, author, subject, time and ratio of what is pointed at', async () => {
    const { page } = await visit(SERIES);
    const { x, y, width, height } = await findPlace(page);
    await page.mouse.move(x + width * 0.5, y + height / 2);
    const told = page.locator('.canvas .told');
    await told.getByText('A. Maintainer').waitFor();
    expect(await told.textContent()).toMatch(
      /\d{4}-\d\d-\d\d.*\d+\sms.*[+−]?\d+\.\d\s%.*to its level[0-9a-f]{8} A\. Maintainer: Change number \d+/,
    );
    await page.mouse.click(x + width * 0.5, y + height / 2);
    const commit = page.getByRole('link', { name: 'Commit', exact: true });
    await commit.waitFor();
    expect(await commit.getAttribute('href')).toMatch(
      /^https:\/\/github\.com\/happner\/sample\/commit\/[0-9a-f]{40}$/,
    );
    const range = page.getByRole('link', { name: 'Commits since the run before' });
    expect(await range.getAttribute('href')).toMatch(/\/compare\/[0-9a-f]{40}\.\.\.[0-9a-f]{40}$/);
  });

  it('is gone through by keyboard, and read out', async () => {
    const { page } = await visit(SERIES);
    await page.locator('canvas').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    const spoken = page.locator('.canvas [aria-live]');
    await expect.poll(() => spoken.textContent()).toContain('ms');
    await page.keyboard.press('+');
    await page.waitForURL(/range=/);
    await page.keyboard.press('0');
    await page.waitForURL((url) => !url.search.includes('range='));
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'This run' }).waitFor();
  });

  it('says the same as a table, and lays other runners over it', async () => {
    const { page } = await visit(SERIES);
    await page.getByText('The same as a table').click();
    const rows = page.getByRole('table', { name: 'Runs of this series' }).getByRole('row');
    await expect.poll(() => rows.count()).toBeGreaterThan(20);
    await page.getByRole('button', { name: 'device-7, Node 24' }).click();
    await page.waitForURL(/with=device-7/);
    const elsewhere = page.getByRole('table', { name: 'The same series in other environments' });
    await elsewhere.waitFor();
    expect(await elsewhere.getByRole('row').count()).toBe(3);
  });

  it('leads from a file through its suites to a test, and tells why that failed last', async () => {
    const { page } = await visit(PAGES['series'] ?? '');
    for (const name of ['module 0', 'part 0', 'does what rule 0 says']) {
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
    }
    await page.getByRole('heading', { name: 'Last failure' }).waitFor();
    await page.getByText('at test/module-0.test.js:12:9').waitFor();
  });
});

describe('a run', () => {
  it('shows Markdown that its job type wrote as what it says, and other texts as they are', async () => {
    const watched = await visit('run.html');
    const { page } = watched;
    for (const name of ['summary.md', 'numbers.json', 'log.txt']) await page.getByText(name).click();
    const document = page.locator('.document');
    expect(await document.count()).toBe(1);
    await document.getByRole('heading', { level: 3, name: 'What was found' }).waitFor();
    await document.getByRole('cell', { name: '112' }).waitFor();
    await document.getByText('a picture is not fetched, and <b>markup</b> stays text.').waitFor();
    const library = document.getByRole('link', { name: 'the library' });
    expect(await library.getAttribute('title')).toBe('https://github.com/happner/happn-3');
    await page.getByText('# no heading').waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await keepScreenshot(page, 'documents');
    await document.getByRole('link', { name: 'what is new' }).click();
    await page.waitForURL(/#document-0-what-is-new$/);
    expect(await document.getByRole('heading', { name: 'What is new' }).getAttribute('id')).toBe(
      'document-0-what-is-new',
    );
    for (const [scheme, width] of [
      ['dark', 'laptop'],
      ['light', 'phone'],
    ] as const) {
      const other = await visit('run.html', { scheme, width });
      await other.page.getByText('summary.md').click();
      expect(await findOverflow(other.page)).toBeLessThanOrEqual(0);
      expect(await findBarriers(other.page, VISUAL_RULES)).toEqual([]);
      await keepScreenshot(other.page, `documents-${width}-${scheme}`);
    }
    expect(watched.troubles).toEqual([]);
  });
});

describe('comparing', () => {
  it('takes any two runs, and keeps them in the address', async () => {
    const { page } = await visit('compare.html');
    const bases = page.locator('select[name="base-run"]');
    const before = await page.getByRole('table', { name: 'Tests of both runs' }).textContent();
    await bases.selectOption({ index: 40 });
    await page.waitForURL(/base=\d+/);
    await expect
      .poll(() => page.getByRole('table', { name: 'Tests of both runs' }).textContent())
      .not.toBe(before);
    const { page: other } = await visit(page.url().split('/').at(-1) ?? '');
    const table = (one: Page) => one.getByRole('table', { name: 'Tests of both runs' }).textContent();
    expect(await table(other)).toBe(await table(page));
  });
});

describe('a release', () => {
  it('is compared with another by their names, in a list and in an address', async () => {
    const { page } = await visit(`compare.html?${REPO}&base=v1.0.0&run=v1.2.0`);
    const [base, head] = [page.getByLabel('Base'), page.getByLabel('Head')];
    await base.getByText('v1.0.0', { exact: true }).waitFor();
    await head.getByText('v1.2.0', { exact: true }).waitFor();
    await base
      .locator('optgroup[label="Releases"] option', { hasText: 'v1.1.0' })
      .waitFor({ state: 'attached' });
    const choice = await base.locator('option', { hasText: 'v1.1.0' }).first().getAttribute('value');
    await base.locator('select[name="base-run"]').selectOption(choice);
    await base.getByText('v1.1.0', { exact: true }).waitFor();
    await page.waitForURL(/base=\d{13}/);
    const { page: other } = await visit(`compare.html?${REPO}&run=v9.9.9`);
    await other.getByRole('heading', { level: 1, name: 'There is no such thing here' }).waitFor();
  });

  it('is marked on a trend, and named where its run is pointed at', async () => {
    const { page } = await visit(SERIES);
    await page.getByRole('list', { name: 'Legend' }).getByText('release', { exact: true }).waitFor();
    await page.locator('canvas').first().focus();
    for (let runs = 0; runs < 25; runs += 1) await page.keyboard.press('ArrowRight');
    await page.locator('.canvas .told').getByText('v1.0.0', { exact: true }).waitFor();
  });
});

describe('changes', () => {
  it('are listed by commit with their evidence, and by state', async () => {
    const { page } = await visit('changes.html');
    expect(await page.locator('.change').count()).toBe(6);
    await page.getByLabel('State').selectOption('undecided');
    await page.waitForURL(/state=undecided/);
    expect(await page.locator('.change').count()).toBe(1);
    await page.getByText('Evidence').click();
    await page.getByText('the base does not install').waitFor();
  });

  it('show where the time of a proven one went, as bars and as a table', async () => {
    const watched = await visit('changes.html?state=confirmed');
    const { page } = watched;
    const change = page.locator('.change').first();
    await change.getByText('Evidence, and where the time went').click();
    await change.getByText('lib/index.js:12').first().waitFor();
    expect(await change.locator('.bars > li').count()).toBe(4);
    await change.getByText('the engine itself').first().waitFor();
    await change.getByText('The same as a table').click();
    const rows = change.getByRole('table', { name: 'Functions whose time differs' }).getByRole('row');
    expect(await rows.count()).toBe(5);
    await keepScreenshot(page, 'profile');
    expect(await findBarriers(page)).toEqual([]);
    expect(watched.troubles).toEqual([]);
  });
});

describe('the colours', () => {
  it('are the system’s until others are chosen, and stay chosen', async () => {
    const { page, open } = await visit('index.html', { scheme: 'dark' });
    const readGround = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await readGround();
    await page.getByRole('button', { name: 'Light' }).click();
    const light = await readGround();
    expect(light).not.toBe(dark);
    await open('runners.html');
    expect(await readGround()).toBe(light);
  });
});

/** What an attacker would do with markup; gives back what was refused. */
const TRY_TO_HARM = `(async () => {
  const refused = [];
  const attempt = (name, act) => {
    try {
      act();
    } catch {
      refused.push(name);
    }
  };
  attempt('a listener as text', () => document.body.setAttribute('onclick', 'window.harmed = 1'));
  attempt('markup as text', () => document.body.insertAdjacentHTML('beforeend', '<b>markup</b>'));
  attempt('a script of elsewhere', () => {
    const script = document.createElement('script');
    script.src = 'https://elsewhere.example/harm.js';
    document.head.append(script);
  });
  const violated = new Promise((resolve) => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => {
      if (violatedDirective === 'connect-src') resolve(violatedDirective);
    });
  });
  await fetch('https://elsewhere.example/').catch(() => undefined);
  return [...refused, await violated];
})()`;

describe('texts that mean harm', () => {
  const HOSTILE_PAGES = [
    'index.html',
    'repo.html',
    'run.html',
    'compare.html',
    'changes.html',
    'runners.html',
  ];

  beforeAll(async () => {
    if ((await isChromiumThere()) !== true) return;
    const database = join(sites.folder, 'hostile.db');
    await writeHostileDatabase(database);
    await sites.publish('hostile', database);
  });

  it('stay text on every page, at every length', async () => {
    const watched = await visit('404.html', { site: 'hostile', width: 'phone' });
    const { page } = watched;
    for (const path of HOSTILE_PAGES) {
      await watched.open(path);
      const links = await page
        .locator('main a[href*="series.html"]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? ''));
      await expectHarmless(page, path);
      if (path === 'run.html') {
        for (const document of await page.locator('details > summary').all()) await document.click();
        await page.locator('.document').waitFor();
        await expectHarmless(page, 'the documents');
        expect(await page.locator('.document [id], .document svg, .document [onclick]').count()).toBe(0);
      }
      if (path === 'changes.html') {
        for (const evidence of await page.getByText('Evidence', { exact: false }).all())
          await evidence.click();
        await page.locator('.profile').first().waitFor();
        await expectHarmless(page, 'the evidence');
      }
      if (path === 'repo.html') {
        await page.getByRole('combobox').first().fill('script');
        await page.getByRole('option').first().waitFor();
        await expectHarmless(page, 'the search');
        for (const link of links.slice(0, 4)) {
          await watched.open(link.slice(2));
          await expectHarmless(page, link);
        }
      }
    }
    expect(watched.troubles).toEqual([]);
  });

  it('could do nothing if they became markup: the policy allows no script of theirs', async () => {
    const { page } = await visit('index.html', { site: 'hostile' });
    const refused = await page.evaluate<string[]>(TRY_TO_HARM);
    expect(refused).toContain('a listener as text');
    expect(refused).toContain('markup as text');
    expect(refused).toContain('a script of elsewhere');
    expect(refused).toContain('connect-src');
    expect(await page.evaluate("'harmed' in window")).toBe(false);
  });

  async function expectHarmless(page: Page, name: string): Promise<void> {
    expect(await page.evaluate("'harmed' in window"), name).toBe(false);
    expect(await page.locator('main img, main script, main [onload], main [onerror]').count(), name).toBe(0);
    expect(await page.locator('a[href^="javascript:" i]').count(), name).toBe(0);
    expect(await findOverflow(page), name).toBeLessThanOrEqual(0);
  }
});

describe('a site with little or nothing to show', () => {
  it('says what to do when no run is stored', async () => {
    const database = join(sites.folder, 'empty.db');
    await openStore({ file: database }).close();
    await sites.publish('empty', database);
    const watched = await visit('index.html', { site: 'empty' });
    for (const name of ['index', 'changes', 'compare', 'runners']) {
      await watched.open(`${name}.html`);
      await keepScreenshot(watched.page, `empty-${name}`);
      expect(await watched.page.locator('.state').count(), name).toBe(1);
      expect(await findBarriers(watched.page), name).toEqual([]);
    }
    expect(watched.troubles).toEqual([]);
  });

  it('shows one run as what it is', async () => {
    const database = join(sites.folder, 'one.db');
    await writeSmallDatabase(database);
    await sites.publish('one', database);
    const watched = await visit('index.html', { site: 'one' });
    for (const path of Object.values(PAGES)) {
      if (path.startsWith('series')) continue;
      await watched.open(path);
      expect(await watched.page.locator('.wrong').count(), path).toBe(0);
    }
    await watched.open(`series.html?${REPO}&file=test%2Fmodule-0.test.js`);
    await keepScreenshot(watched.page, 'one-series');
    expect(await watched.page.getByText('too few runs to say').count()).toBe(1);
    expect(watched.troubles).toEqual([]);
  });

  it('says that nothing is published, that it is damaged, that it is of another version, that there is no such thing', async () => {
    sites.copyPages('bare');
    const cases = [
      { write: null, says: 'Nothing is published here yet' },
      { write: '{"format":"tracey.dashboard/1","overv', says: 'The data is damaged' },
      { write: '{"format":"tracey.dashboard/99"}', says: 'Pages and data are of different versions' },
    ];
    const watched = await visit('404.html', { site: 'bare' });
    for (const { write, says } of cases) {
      if (write !== null) sites.writeData('bare', write);
      await watched.open('index.html');
      await watched.page.getByRole('heading', { level: 1, name: says }).waitFor();
    }
    const { page } = await visit('repo.html?repo=no%2Fbody');
    await page.getByRole('heading', { level: 1, name: 'There is no such thing here' }).waitFor();
    await keepScreenshot(page, 'unknown');
    const { page: series } = await visit(`series.html?${REPO}&file=gone.js`);
    await series.getByRole('heading', { level: 1, name: 'There is no such thing here' }).waitFor();
  });

  it('says so where it was opened as a file', async () => {
    const watched = await openPage(browser, { address: 'file:///' });
    opened.push(watched);
    await watched.page.goto(pathToFileURL(join(sites.folder, 'pages/index.html')).href);
    await watched.page.getByText('tracey dashboard serve').waitFor();
    await keepScreenshot(watched.page, 'as-file');
    expect(await watched.page.getByRole('heading', { level: 1 }).textContent()).toBe(
      'This page was opened as a file',
    );
  });
});

describe('a site that is published again while somebody looks', () => {
  it('is read anew, once, when a file that the index named is gone', async () => {
    const database = join(sites.folder, 'again.db');
    await writeSmallDatabase(database);
    await sites.publish('again', database);
    const watched = await visit('404.html', { site: 'again' });
    const overview = join(sites.folder, 'again/data/overview');
    const index = join(sites.folder, 'again/data/index.json');
    const text = readFileSync(index, 'utf8');
    // As a browser sees it that read the index just before it was put in place.
    writeFileSync(index, text.replace(/"overview":"[0-9a-f]+"/, '"overview":"00000000000000000000"'));
    await watched.page.route(
      '**/index.json',
      async (route) => {
        await route.continue();
        writeFileSync(index, text);
      },
      { times: 1 },
    );
    await watched.open('index.html');
    await watched.page.getByRole('heading', { name: 'happner/sample' }).waitFor();
    rmSync(overview, { recursive: true });
    await watched.open('index.html');
    await watched.page.getByText('The site was published again meanwhile').waitFor();
  });
});
