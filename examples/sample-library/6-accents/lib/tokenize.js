'use strict';

/** The words of a text, in lower case and without accents. */
module.exports = function tokenize(text) {
  return (
    text
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}']+/gu) || []
  );
};
