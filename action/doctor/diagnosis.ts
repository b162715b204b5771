/** What a check of this machine says. */
export interface Diagnosis {
  /** What it is about, one word: `disk`. */
  readonly subject: string;
  /** `note`: nothing is wrong, and yet somebody may want to know. */
  readonly state: 'fine' | 'note' | 'wrong';
  /** One line. */
  readonly what: string;
  /** What to do; null when there is nothing to be done. */
  readonly remedy: string | null;
}

/** Of one subject, short to write. */
export function openDiagnosis(subject: string) {
  return {
    fine: (what: string): Diagnosis => ({ subject, state: 'fine', what, remedy: null }),
    note: (what: string, remedy: string | null = null): Diagnosis => ({
      subject,
      state: 'note',
      what,
      remedy,
    }),
    wrong: (what: string, remedy: string | null): Diagnosis => ({ subject, state: 'wrong', what, remedy }),
  };
}
