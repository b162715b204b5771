/** What a machine may be to a team. Apart from the model, for whoever needs nothing else of it. */
export const ROLES = ['primary', 'field'] as const;
export type Role = (typeof ROLES)[number];
