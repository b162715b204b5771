'use strict';
/** What clients and a secure service of happn-3 do, major 7 and later: one step for each thing that can be said. */

const ADMIN = { username: '_ADMIN', password: 'happn' };
/** May set and get one path, and nothing else. */
const GUEST = { username: 'guest@example.org', password: 'guest-password' };

module.exports = function describeScenario(scene) {
  const happn = scene.load('happn-3');
  const manifest = scene.readManifest('happn-3');
  let service;
  let port;
  let admin;
  let guest;
  let heard;

  const createService = happn.service.create.bind(happn.service);
  const connect = (name, user) =>
    scene
      .openGate(port, name)
      .then((gate) =>
        scene.call(
          happn.client,
          'create',
          Object.assign({ host: '127.0.0.1', port: gate, loginRetry: 0 }, user)
        )
      );
  /** Listens, does something, and waits until it was heard. */
  const hear = (listen, act) => {
    const expected = scene.expect();
    heard = expected.happened;
    return listen()
      .then(act)
      .then(() => expected.promise);
  };
  const on = (client, path, parameters) =>
    scene.call(client, 'on', path, parameters, (data, meta) => heard(data, meta));
  const set = (path, data, parameters) => scene.call(admin, 'set', path, data, parameters || {});
  const remove = (path) => scene.call(admin, 'remove', path, {});
  const off = (path) => scene.call(admin, 'offPath', path);

  return [
    {
      name: 'start',
      title: 'The service starts',
      isFacts: true,
      run: () =>
        scene
          .findPort()
          .then((free) => {
            port = free;
            return scene.call({ create: createService }, 'create', { secure: true, host: '127.0.0.1', port });
          })
          .then((started) => {
            service = started;
            return { protocolVersion: `happn_${manifest.protocol}` };
          }),
    },
    {
      name: 'log-in',
      title: 'An administrator logs in',
      run: () =>
        connect('admin', ADMIN).then((client) => {
          admin = client;
        }),
    },
    {
      name: 'log-in-denied',
      title: 'Somebody logs in with a wrong password',
      run: () => scene.attempt(connect('stranger', Object.assign({}, ADMIN, { password: 'wrong' }))),
    },
    { name: 'set', title: 'Set', run: () => set('/things/one', { size: 1, colour: 'red' }) },
    { name: 'get', title: 'Get', run: () => scene.call(admin, 'get', '/things/one', {}) },
    {
      name: 'merge',
      title: 'Set, merged with what is there',
      run: () => set('/things/one', { weight: 2 }, { merge: true }),
    },
    { name: 'tag', title: 'Tag what is there', run: () => set('/things/one', null, { tag: 'first' }) },
    {
      name: 'tag-none',
      title: 'Tag what is not there',
      run: () => scene.attempt(set('/things/none', null, { tag: 'first' })),
    },
    {
      name: 'tag-fails',
      title: 'Tag and set at once, which is refused',
      run: () => scene.attempt(set('/things/one', { size: 7 }, { tag: 'second' })),
    },
    {
      name: 'set-sibling',
      title: 'Set a sibling',
      isLeftOut: () => typeof admin.setSibling !== 'function',
      reason: 'this version has no siblings',
      run: () => scene.call(admin, 'setSibling', '/siblings', { size: 3 }),
    },
    {
      name: 'error',
      title: 'Set, and the service throws an error',
      run: () => {
        const data = service.services.data;
        data.upsert = (...args) => {
          const callback = args.filter((argument) => typeof argument === 'function').pop();
          callback(new Error('the database is on fire'));
        };
        const restore = () => {
          delete data.upsert;
        };
        return scene.attempt(set('/things/one', { size: 4 })).then(restore);
      },
    },
    {
      name: 'no-publish',
      title: 'Set, and nobody is told',
      run: () => set('/things/two', { size: 2 }, { noPublish: true }),
    },
    {
      name: 'on-set',
      title: 'Listen to sets of a path, and hear of one',
      run: () =>
        hear(
          () => on(admin, '/things/*', { event_type: 'set' }),
          () => set('/things/three', { size: 3 })
        ),
    },
    { name: 'off-set', title: 'Listen to it no more', run: () => off('/things/*') },
    {
      name: 'on-remove',
      title: 'Listen to removes of a path, and hear of one',
      run: () =>
        hear(
          () => on(admin, '/things/*', { event_type: 'remove' }),
          () => remove('/things/three')
        ),
    },
    { name: 'off-remove', title: 'Listen to it no more', run: () => off('/things/*') },
    {
      name: 'on-count',
      title: 'Listen to a path once: after that the client stops by itself',
      run: () =>
        hear(
          () => on(admin, '/once', { event_type: 'set', count: 1 }),
          () => set('/once', { size: 5 })
        ),
    },
    {
      name: 'on-initial',
      title: 'Listen to a path, and be sent what is there',
      run: () =>
        hear(
          () => on(admin, '/once', { event_type: 'set', initialEmit: true }),
          () => undefined
        ),
    },
    { name: 'off-initial', title: 'Listen to it no more', run: () => off('/once') },
    {
      name: 'on-all',
      title: 'Listen to everything, and hear of a set',
      run: () =>
        hear(
          () => scene.call(admin, 'onAll', (data, meta) => heard(data, meta)),
          () => set('/anything', { size: 6 })
        ),
    },
    { name: 'off-all', title: 'Listen to nothing any more', run: () => scene.call(admin, 'offAll') },
    {
      name: 'count',
      title: 'Count what is there',
      isLeftOut: () => typeof admin.count !== 'function',
      reason: 'this version does not count',
      run: () => scene.call(admin, 'count', '/things/*', {}),
    },
    { name: 'remove', title: 'Remove one', run: () => remove('/things/one') },
    { name: 'remove-several', title: 'Remove several', run: () => remove('/things/*') },
    { name: 'remove-none', title: 'Remove what is not there', run: () => remove('/things/none') },
    {
      name: 'guest',
      title: 'A guest who may little logs in',
      run: () => {
        const security = service.services.security;
        const group = { name: 'GUESTS', permissions: { '/open/*': { actions: ['set', 'get', 'on'] } } };
        return scene
          .call(security.groups, 'upsertGroup', group, { overwrite: false })
          .then((stored) =>
            scene
              .call(security.users, 'upsertUser', Object.assign({}, GUEST), { overwrite: false })
              .then((user) => scene.call(security.groups, 'linkGroup', stored, user))
          )
          .then(() => connect('guest', GUEST))
          .then((client) => {
            guest = client;
          });
      },
    },
    {
      name: 'set-denied',
      title: 'The guest sets what is not allowed',
      run: () => scene.attempt(scene.call(guest, 'set', '/closed/one', { size: 1 }, {})),
    },
    {
      name: 'on-denied',
      title: 'The guest listens to what is not allowed',
      run: () => scene.attempt(on(guest, '/closed/*', { event_type: 'set' })),
    },
    {
      name: 'on-all-denied',
      title: 'The guest listens to everything',
      run: () => scene.attempt(scene.call(guest, 'onAll', () => undefined)),
    },
    {
      name: 'disconnect-client',
      title: 'The guest disconnects',
      run: () => scene.call(guest, 'disconnect'),
    },
    {
      name: 'disconnect-service',
      title: 'The service stops, and disconnects the administrator',
      run: () => {
        admin.onEvent('reconnect-scheduled', () => undefined);
        return scene.call(service, 'stop', { reconnect: false });
      },
    },
  ];
};
