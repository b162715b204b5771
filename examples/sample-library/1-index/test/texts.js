'use strict';

const WORDS = 'river stone window garden letter music winter paper silver morning harbour candle'.split(' ');

/** The same texts every time: `count` texts of `length` words. */
module.exports = function makeTexts(count, length) {
  let state = 42;
  const next = (limit) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state % limit;
  };
  return Array.from({ length: count }, () =>
    Array.from({ length }, () => WORDS[next(WORDS.length)] + next(40)).join(' '),
  );
};
