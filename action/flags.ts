/** Values of flags, parsed. Each throws commander's InvalidArgumentError, which becomes a usage error. */
import { InvalidArgumentError } from 'commander';
import { ROLES, type Role } from '../core/roles.ts';

/** `22,24` → ['22', '24']. */
export function parseList(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.some((item) => item === ''))
    throw new InvalidArgumentError('Write items with commas between: 22,24.');
  return items;
}

/** A number of 0 or more. */
export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('It must be a number, 0 or more.');
  }
  return value;
}

/** A whole number of 1 or more. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  }
  return value;
}

/** A port to listen on; 0 for any that is free. */
export function parsePort(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  }
  return value;
}

/** One of several words. */
export function parseChoice<Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((known) => known === text);
    if (choice === undefined) throw new InvalidArgumentError(`It must be ${choices.join(' or ')}.`);
    return choice;
  };
}

/** `primary,field` → each once, in that order. */
export function parseRoles(text: string): Role[] {
  const named = parseList(text).map(parseChoice(ROLES));
  return ROLES.filter((role) => named.includes(role));
}

/** A time zone by its IANA name. */
export function parseTimeZone(text: string): string {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions();
    // GitHub takes names alone, no offsets.
    if (/^[A-Z]/i.test(text)) return text.toLowerCase() === timeZone.toLowerCase() ? timeZone : text;
  } catch {
    // Not known: said below.
  }
  throw new InvalidArgumentError('It must be a name of the time zone database: Europe/Berlin.');
}
