'use strict';

const assert = require('assert');
const { tokenize } = require('../lib');
const makeTexts = require('./texts');

describe('tokenize', () => {
  it('splits at everything that is no letter', () => {
    assert.deepStrictEqual(tokenize('The river, the stone!'), ['the', 'river', 'the', 'stone']);
  });

  it('gives nothing for nothing', () => {
    assert.deepStrictEqual(tokenize(''), []);
  });

  describe('long texts', () => {
    const [text] = makeTexts(1, 40000);

    it('finds every word', () => {
      assert.strictEqual(tokenize(text).length, 40000);
    });
  });
});
