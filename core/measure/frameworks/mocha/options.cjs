/*
 * Mocha's options as one process hands them to the next: what mocha made of configuration files and arguments when it
 * listed the files is what it gets when it runs them, without reading or parsing anything again. For mocha 8 and newer,
 * whose command line is known to take them. ES5, for Node 0.10 to the newest.
 */
'use strict';

/* An undefined value: JSON has none, and mocha tells "undefined" from "not there". */
var UNDEFINED = { 'tracey-undefined': true };

/* Whether JSON gives back exactly what it was given. */
function isPlain(value) {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && !(value === 0 && 1 / value < 0);
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value !== 'object') return false;
  var prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.keys(value).every(function (name) {
    return name !== '__proto__' && isPlain(value[name]);
  });
}

/* The options as text; null when they hold something that is no text, e.g. a function of a configuration script. */
function formatOptions(options) {
  var told = {};
  Object.keys(options).forEach(function (name) {
    told[name] = options[name] === undefined ? UNDEFINED : options[name];
  });
  return isPlain(told) ? JSON.stringify(told) : null;
}

/* The options that a text from `formatOptions` stands for. */
function parseOptions(text) {
  var options = JSON.parse(text);
  Object.keys(options).forEach(function (name) {
    if (options[name] !== null && options[name]['tracey-undefined'] === true) options[name] = undefined;
  });
  return options;
}

/*
 * Stands for mocha's parser of arguments, yargs, in mocha 8 to 11: gives `options` as the arguments of the command that
 * was set up first, after whatever mocha does between parsing and running.
 */
function createParser(options) {
  var command = null;
  var middlewares = [];
  var fail = null;
  function exit(code) {
    process.exit(code);
  }
  function runCommand() {
    function runNext(index) {
      if (index === middlewares.length) return command.handler(options);
      return Promise.resolve(middlewares[index](options, { exit: exit })).then(function () {
        return runNext(index + 1);
      });
    }
    return Promise.resolve()
      .then(function () {
        return runNext(0);
      })
      .then(undefined, function (error) {
        fail(error && error.message, error, { showHelp: function () {} });
      });
  }
  var own = Object.create(null);
  own.command = function (added) {
    if (command !== null) return;
    command = added;
    if (typeof command.builder === 'function') command.builder(parser);
  };
  own.middleware = function (added) {
    middlewares.push(added);
  };
  own.fail = function (handler) {
    fail = handler;
  };
  var parser = new Proxy(
    {},
    {
      get: function (_, name) {
        if (name === 'parse') return runCommand;
        return function () {
          if (own[name]) own[name].apply(own, arguments);
          return parser;
        };
      },
    }
  );
  return parser;
}

module.exports = { formatOptions: formatOptions, parseOptions: parseOptions, createParser: createParser };
