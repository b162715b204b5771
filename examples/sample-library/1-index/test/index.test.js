'use strict';

const assert = require('assert');
const { WordIndex } = require('../lib');
const makeTexts = require('./texts');

describe('WordIndex', () => {
  it('finds a document by its word', () => {
    const index = new WordIndex();
    index.add('a', 'a letter from the harbour');
    assert.deepStrictEqual(index.find('letter'), ['a']);
  });

  it('finds nothing for an unknown word', () => {
    assert.deepStrictEqual(new WordIndex().find('letter'), []);
  });

  describe('with many documents', () => {
    let index;

    beforeEach(() => {
      index = new WordIndex();
    });

    it('adds 1500 documents', () => {
      makeTexts(1500, 20).forEach((text, id) => index.add(id, text));
      assert.strictEqual(index.documents.size, 1500);
    });

    it('finds documents with two words', () => {
      makeTexts(400, 20).forEach((text, id) => index.add(id, text));
      for (let n = 0; n < 200; n++) assert.ok(Array.isArray(index.find(`river${n % 40} stone${n % 40}`)));
    });
  });
});
