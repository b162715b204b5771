'use strict';
/** What a client of happner and a secure mesh of happner-2 do, major 5 and later: one step for each thing that can be said. */

const ADMIN = { username: '_ADMIN', password: 'happn' };

/** What the client says it needs of the mesh. */
const MODEL = {
  calculator: { version: '^1.0.0', methods: { double: {}, fail: {}, announce: {} } },
};

/** The component of the mesh. It reads the names of arguments in the source of functions, and old ones know no arrows. */
const CALCULATOR = {
  double: function (number, callback) {
    callback(null, number * 2);
  },
  fail: function (callback) {
    callback(new Error('it cannot be done'));
  },
  announce: function ($happn, words, callback) {
    $happn.emit('announced', { words: words });
    callback(null, true);
  },
};

module.exports = function describeScenario(scene) {
  const Mesh = scene.load('happner-2');
  const Client = scene.load('happner-client');
  let mesh;
  let port;
  let client;
  let api;
  let heard;

  return [
    {
      name: 'start',
      title: 'The mesh starts',
      isFacts: true,
      run: () =>
        scene
          .findPort()
          .then((free) => {
            port = free;
            return Mesh.create({
              name: 'mesh',
              happn: { secure: true, host: '127.0.0.1', port, adminPassword: ADMIN.password },
              modules: { calculator: { instance: CALCULATOR } },
              components: { calculator: { module: 'calculator' } },
            });
          })
          .then((started) => {
            mesh = started;
            const happn = scene.readManifest('happn-3');
            return { protocolVersion: `happn_${happn.protocol}`, 'happn-3 version': happn.version };
          }),
    },
    {
      name: 'model',
      title: 'The client makes its API of a model',
      run: () => {
        client = new Client();
        api = client.construct(MODEL);
      },
    },
    {
      name: 'connect',
      title: 'The client connects',
      run: () =>
        scene.openGate(port, 'client').then((gate) => {
          const place = { host: '127.0.0.1', port: gate };
          return client.connect(place, Object.assign({ loginRetry: 0 }, place, ADMIN));
        }),
    },
    {
      name: 'subscribe',
      title: 'The client subscribes to an event',
      run: () =>
        new Promise((resolve, reject) => {
          api.event.calculator.on(
            'announced',
            (data, meta) => heard(data, meta),
            (error) => (error ? reject(error) : resolve())
          );
        }),
    },
    { name: 'invoke', title: 'The client invokes a method', run: () => api.exchange.calculator.double(21) },
    {
      name: 'invoke-fails',
      title: 'The client invokes a method that fails',
      run: () => scene.attempt(api.exchange.calculator.fail()),
    },
    {
      name: 'event',
      title: 'A method emits the event, and the client hears of it',
      run: () => {
        const expected = scene.expect();
        heard = expected.happened;
        return api.exchange.calculator.announce('tea is ready').then(() => expected.promise);
      },
    },
    {
      name: 'unsubscribe',
      title: 'The client unsubscribes',
      run: () => scene.call(api.event.calculator, 'offPath', 'announced'),
    },
    { name: 'disconnect', title: 'The client disconnects', run: () => scene.call(client, 'disconnect') },
    { name: 'stop', title: 'The mesh stops', run: () => mesh.stop({ reconnect: false }) },
  ];
};
