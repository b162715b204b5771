/** A file of its own, and the same path from source as in a bundle, so that text-width.ts can load it late. */
export { default } from 'string-width';
