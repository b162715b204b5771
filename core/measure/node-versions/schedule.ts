/**
 * Which of Node's release lines have long-term support, by Node's published release schedule
 * (https://github.com/nodejs/Release; from 27 on https://nodejs.org/en/blog/announcements/evolving-the-nodejs-release-schedule).
 * Computed from the calendar, not from when a registry got its copy: mirrors report dates of their own.
 */

/** Names of the LTS lines, in Node's alphabetical order: Argon is 4, Boron 6, and so on by two. */
const CODENAMES = [
  'argon',
  'boron',
  'carbon',
  'dubnium',
  'erbium',
  'fermium',
  'gallium',
  'hydrogen',
  'iron',
  'jod',
  'krypton',
];

const FIRST_LTS_MAJOR = 4;
/** From here on there is one major a year, numbered by the year, and each becomes LTS. */
const FIRST_YEARLY_MAJOR = 27;

/** The major of a codename (`jod` → 22), or null. */
export function findCodenamedMajor(codename: string): number | null {
  const index = CODENAMES.indexOf(codename);
  return index === -1 ? null : FIRST_LTS_MAJOR + 2 * index;
}

/**
 * When a line becomes LTS: in October of the year it came out, taken as 1 November because the day varied from
 * the 12th to the 31st. Even majors came out in 2013 + major / 2 (4 in 2015, 26 in 2026), from 27 on all in
 * 2000 + major; null for a line that never becomes LTS.
 */
export function computeLtsStart(major: number): Date | null {
  if (major >= FIRST_YEARLY_MAJOR) return new Date(Date.UTC(2000 + major, 10, 1));
  if (major < FIRST_LTS_MAJOR || major % 2 === 1) return null;
  return new Date(Date.UTC(2013 + major / 2, 10, 1));
}

/** The newest of `majors` that is LTS at `now`, or null. */
export function computeLtsMajor(majors: readonly number[], now: Date): number | null {
  let newest: number | null = null;
  for (const major of majors) {
    const start = computeLtsStart(major);
    if (start !== null && start <= now && (newest === null || major > newest)) newest = major;
  }
  return newest;
}
