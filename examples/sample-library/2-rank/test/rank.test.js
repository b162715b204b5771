'use strict';

const assert = require('assert');
const { WordIndex } = require('../lib');
const makeTexts = require('./texts');

describe('search', () => {
  const index = new WordIndex();

  before(() => {
    makeTexts(1000, 20).forEach((text, id) => index.add(id, text));
    index.add('best', 'river1 river1 river1');
  });

  it('puts the best first', () => {
    assert.strictEqual(index.search('river1')[0], 'best');
  });

  it('ranks two hundred queries', () => {
    for (let n = 0; n < 200; n++) index.search(`river${n % 40}`);
  });
});
