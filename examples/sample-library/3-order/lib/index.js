'use strict';

const rank = require('./rank');
const tokenize = require('./tokenize');

/** Which documents a word occurs in. */
class WordIndex {
  constructor() {
    this.documents = new Map();
    this.words = new Map();
  }

  add(id, text) {
    const words = tokenize(text);
    this.documents.set(id, words);
    for (const word of words) {
      let ids = this.words.get(word);
      if (!ids) this.words.set(word, (ids = new Set()));
      ids.add(id);
    }
    this.documents = new Map([...this.documents].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  find(query) {
    const sets = tokenize(query).map((word) => this.words.get(word) || new Set());
    if (sets.length === 0) return [];
    return [...sets[0]].filter((id) => sets.every((set) => set.has(id)));
  }

  /** Like `find`, the best first. */
  search(query) {
    return rank(this.find(query), tokenize(query), this.documents);
  }
}

module.exports = { WordIndex, tokenize };
