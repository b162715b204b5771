/** Chromium for the tests of the dashboard: found, started without a network but loopback, and pages that tell what went wrong. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { chromium } from '../../scripts/peers/chromium.ts';
import { findPeer } from '../../scripts/peers/peer.ts';

/** Where screenshots of a run of the tests stay; git passes over it. */
const SCREENSHOTS = fileURLToPath(new URL('../../test-results/dashboard', import.meta.url));

/** Nobody is asked for anything: every name but this machine's leads nowhere. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

export const WIDTHS = {
  phone: { width: 360, height: 780 },
  laptop: { width: 1366, height: 850 },
  wall: { width: 3840, height: 2160 },
} as const;

export type Width = keyof typeof WIDTHS;

/** True when there is a Chromium, else how to get one. */
export async function isChromiumThere(): Promise<true | string> {
  const found = await findPeer(chromium);
  return 'path' in found ? true : found.missing;
}

export async function startChromium(): Promise<Browser> {
  const found = await findPeer(chromium);
  if ('missing' in found) throw new Error(found.missing);
  return playwright.launch({ executablePath: found.path, headless: true, args: ARGUMENTS });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors in scripts, violated policies, requests that failed or left the site; in the order in which they came. */
  readonly troubles: string[];
  /** Goes to an address of the site and waits until the page shows what it has. */
  readonly open: (path: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A page in a profile of its own. */
export async function openPage(
  browser: Browser,
  options: {
    readonly address: string;
    readonly width?: Width;
    readonly scheme?: 'light' | 'dark';
  },
): Promise<WatchedPage> {
  const { address, width = 'laptop', scheme = 'light' } = options;
  const context = await browser.newContext({
    viewport: WIDTHS[width],
    colorScheme: scheme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      troubles.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(address)) troubles.push(`left the site: ${request.url()}`);
  });
  return {
    page,
    troubles,
    async open(path) {
      await page.goto(`${address}${path}`);
      await page.waitForSelector('html[data-ready]');
    },
    close: () => context.close(),
  };
}

/** Keeps what a page looks like. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const { width } = page.viewportSize() ?? WIDTHS.laptop;
  await page.screenshot({
    path: join(SCREENSHOTS, `${name}.png`),
    fullPage: width < WIDTHS.wall.width,
  });
}
