/**
 * The rule for `repos[].schedule`: six cron fields, seconds first, as the cron package for Node.js has them, and
 * the times that they stand for. When a job is due is GitHub's or the machine's business.
 */

/** Why a text breaks the rule of its key: the end of a sentence that starts with the key, and what to do. */
export interface Complaint {
  readonly what: string;
  readonly hint: string | null;
}

/** The values of each field, ascending and each once; Sunday is 0. */
export interface Schedule {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  /** January is 1. */
  readonly months: readonly number[];
  readonly weekdays: readonly number[];
}

interface Field {
  /** With its article. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Words that stand for `from`, `from + 1`, … */
  readonly words: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const FIELDS: readonly Field[] = [
  { name: 'a second', from: 0, to: 59, words: [] },
  { name: 'a minute', from: 0, to: 59, words: [] },
  { name: 'an hour', from: 0, to: 23, words: [] },
  { name: 'a day of the month', from: 1, to: 31, words: [] },
  { name: 'a month', from: 1, to: 12, words: MONTHS },
  { name: 'a day of the week', from: 0, to: 7, words: WEEKDAYS },
];

export const SCHEDULE_EXAMPLE = '00 00 02 * * *';

/** What is wrong with a schedule, or null: fields are `*`, numbers, names, ranges, lists and steps (`*\/5`). */
export function findScheduleComplaint(text: string): Complaint | null {
  const fields = splitFields(text);
  if (fields.length !== FIELDS.length) {
    const fits =
      fields.length === 5 && FIELDS.slice(1).every((field, i) => findValues(field, fields[i] ?? '') !== null);
    const example = fits ? `00 ${fields.join(' ')}` : SCHEDULE_EXAMPLE;
    const hint = fits ? `Put the seconds first: "${example}".` : `Example: "${example}".`;
    return { what: 'must have 6 cron fields', hint };
  }
  const wrong = FIELDS.findIndex((field, index) => findValues(field, fields[index] ?? '') === null);
  const field = FIELDS[wrong];
  if (field === undefined) return null;
  const range = `${field.from} to ${field.to}`;
  const what = `must have ${field.name} from ${range} (or "*") as field ${wrong + 1} of 6`;
  return { what, hint: `Example: "${SCHEDULE_EXAMPLE}".` };
}

/**
 * The times that a schedule stands for. A number with a step (`5/15`) counts on from the number to the field's end.
 *
 * @param text one that {@link findScheduleComplaint} has nothing against
 */
export function parseSchedule(text: string): Schedule {
  const fields = splitFields(text);
  const [seconds = [], minutes = [], hours = [], daysOfMonth = [], months = [], days = []] = FIELDS.map(
    (field, index) => findValues(field, fields[index] ?? '') ?? [],
  );
  const weekdays = listAscending(days.map((day) => day % 7));
  return { seconds, minutes, hours, daysOfMonth, months, weekdays };
}

function splitFields(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** The values of a field, or null when it breaks the rule. */
function findValues(field: Field, text: string): readonly number[] | null {
  const values: number[] = [];
  for (const part of text.split(',')) {
    const found = findRangeValues(field, part);
    if (found === null) return null;
    values.push(...found);
  }
  return listAscending(values);
}

function findRangeValues(field: Field, text: string): readonly number[] | null {
  const [range = '', step = '1', ...rest] = text.split('/');
  if (rest.length > 0 || !/^0*[1-9]\d?$/.test(step)) return null;
  const ends = range === '*' ? [field.from, field.to] : range.split('-').map((end) => findNumber(field, end));
  const [from, to = text.includes('/') ? field.to : from] = ends;
  if (ends.length > 2 || typeof from !== 'number' || typeof to !== 'number' || from > to) return null;
  return Array.from(
    { length: Math.floor((to - from) / Number(step)) + 1 },
    (_, i) => from + i * Number(step),
  );
}

function findNumber(field: Field, text: string): number | null {
  const word = field.words.indexOf(text.toLowerCase());
  if (word >= 0) return field.from + word;
  if (!/^\d{1,2}$/.test(text)) return null;
  const number = Number(text);
  return number >= field.from && number <= field.to ? number : null;
}

function listAscending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}
