'use strict';

/** Documents by how often they hold the words. */
module.exports = function rank(ids, words, documents) {
  const wanted = new Set(words);
  const score = (id) => documents.get(id).filter((word) => wanted.has(word)).length;
  return ids
    .map((id) => ({ id, score: score(id) }))
    .sort((a, b) => b.score - a.score)
    .map(({ id }) => id);
};
