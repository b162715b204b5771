'use strict';

/** The words of a text, in lower case. */
module.exports = function tokenize(text) {
  return text.toLowerCase().match(/[a-z0-9']+/g) || [];
};
