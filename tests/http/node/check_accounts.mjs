// SPDX-License-Identifier: MIT
// Operations on accounts and keys: fields as JSON, form and multipart, and the field names of older clients.
import { Client, encoded, newMember, newUser } from './client.mjs';
import { assert, expectStatus } from './checks.mjs';

const OLDER_SIGNUP = ({ username, email, password }) => ({
  nombre: username,
  email,
  password,
  password_confirmation: password,
});
const SIGNUP = ({ username, email, password }) => ({
  username,
  email,
  password1: password,
  password2: password,
});

async function signUpAndIn(make, kind, signup, login) {
  const client = make();
  const who = newUser();
  const made = expectStatus(await client.request('POST', '/api/auth/signup', kind(signup(who))), 200);
  assert.equal(typeof made.json.message, 'string');
  assert.equal(made.json.token, made.json.access_token);
  const { json } = expectStatus(await client.request('POST', '/api/auth/login', kind(login(who))), 200);
  assert.equal(json.token, json.access_token);
  assert.equal(json.token_type, 'Bearer');
  client.token = json.token;
  const me = expectStatus(await client.request('GET', '/api/auth/me'), 200);
  assert.equal(me.json.username, who.username);
  assert.equal(me.json.email, who.email);
}

async function refusedSignUps(make) {
  const client = make();
  const who = newUser();
  const fields = SIGNUP(who);
  const refused = async (changed, code) =>
    expectStatus(
      await client.request('POST', '/api/auth/signup', encoded.json({ ...fields, ...changed })),
      400,
      code,
    );
  for (const name of Object.keys(fields)) await refused({ [name]: undefined }, 'missing_field');
  await refused({ email: 'no address' }, 'bad_email');
  await refused({ password2: 'correct horse 2' }, 'passwords_differ');
  await refused({ password1: 'short', password2: 'short' }, 'weak_password');
  expectStatus(await client.request('POST', '/api/auth/signup', encoded.json(fields)), 200);
  await refused({ email: 'other@example.com' }, 'name_taken');
  await refused({ username: `${who.username}x` }, 'email_taken');
}

async function refusedLogins(make) {
  const known = await make.newMember();
  const client = make();
  const login = (fields) => client.request('POST', '/api/auth/login', encoded.json(fields));
  expectStatus(await login({ username: known.who.username }), 400, 'missing_field');
  expectStatus(await login({ password: 'x' }), 400, 'missing_field');
  const wrong = expectStatus(
    await login({ username: known.who.username, password: 'wrong horse 1' }),
    401,
    'bad_credentials',
  );
  const unknown = expectStatus(
    await login({ username: newUser().username, password: 'wrong horse 1' }),
    401,
    'bad_credentials',
  );
  assert.deepEqual(wrong.json, unknown.json);
  expectStatus(await client.request('GET', '/api/auth/me'), 401, 'unauthorized');
  expectStatus(await client.request('GET', '/api/auth/me', { token: 'no.token.atall' }), 401, 'unauthorized');
}

async function account(make, kind) {
  const client = await make.newMember();
  const changed = expectStatus(
    await client.request('PATCH', '/api/auth/me', kind({ language: 'es', mail: 'true' })),
    200,
  );
  assert.equal(changed.json.language, 'es');
  assert.equal(changed.json.mail, true);
  const email = newUser().email;
  expectStatus(await client.request('PATCH', '/api/auth/me', kind({ email })), 200);
  assert.equal(expectStatus(await client.request('GET', '/api/auth/me'), 200).json.email, email);
  expectStatus(await client.request('PATCH', '/api/auth/me', kind({ email: 'none' })), 400, 'bad_email');
  expectStatus(await client.request('DELETE', '/api/auth/me'), 204);
  expectStatus(await client.request('GET', '/api/auth/me'), 401, 'unauthorized');
}

async function password(make, kind) {
  const client = await make.newMember();
  const old = client.token;
  const [before, after] = [client.who.password, 'correct donkey 2'];
  const change = (fields) => client.request('POST', '/api/auth/password', kind(fields));
  expectStatus(
    await change({ password: 'wrong horse 1', password1: after, password2: after }),
    403,
    'bad_credentials',
  );
  expectStatus(
    await change({ password: before, password1: after, password2: 'another one' }),
    400,
    'passwords_differ',
  );
  expectStatus(await change({ password: before, password1: after, password2: after }), 200);
  expectStatus(await client.request('GET', '/api/auth/me', { token: old }), 401, 'unauthorized');
  expectStatus(
    await client.request('POST', '/api/auth/login', kind({ username: client.who.username, password: after })),
    200,
  );
}

async function keys(make, kind) {
  const client = await make.newMember();
  const made = expectStatus(await client.request('POST', '/api/auth/keys', kind({ name: 'laptop' })), 200);
  assert.equal(made.json.name, 'laptop');
  const listed = expectStatus(await client.request('GET', '/api/auth/keys'), 200);
  assert.deepEqual(
    listed.json.map(({ id }) => id),
    [made.json.id],
  );
  assert.equal(listed.json[0].key, undefined);
  expectStatus(await client.request('GET', '/api/auth/me', { token: made.json.key }), 200);
  expectStatus(await client.request('DELETE', `/api/auth/keys/${made.json.id}`), 204);
  expectStatus(await client.request('DELETE', `/api/auth/keys/${made.json.id}`), 404, 'not_found');
  expectStatus(await client.request('GET', '/api/auth/me', { token: made.json.key }), 401, 'unauthorized');
}

/** `origin`: the address of the server. `proxyPort`: the port of the proxy. */
export async function checkAccounts(steps, origin, proxyPort) {
  const make = () => new Client(origin, proxyPort);
  make.newMember = () => newMember(origin, proxyPort);
  for (const [name, kind] of Object.entries(encoded)) {
    await steps.run(`sign-up and login, ${name}`, () =>
      signUpAndIn(make, kind, SIGNUP, ({ username, password }) => ({ username, password })),
    );
    await steps.run(`sign-up and login by older names, ${name}`, () =>
      signUpAndIn(make, kind, OLDER_SIGNUP, ({ username, password }) => ({ user: username, password })),
    );
    await steps.run(`login by e-mail, ${name}`, () =>
      signUpAndIn(make, kind, SIGNUP, ({ email, password }) => ({ email, password })),
    );
    await steps.run(`the account, ${name}`, () => account(make, kind));
    await steps.run(`its password, ${name}`, () => password(make, kind));
    await steps.run(`its keys, ${name}`, () => keys(make, kind));
  }
  await steps.run('refused sign-ups', () => refusedSignUps(make));
  await steps.run('refused logins', () => refusedLogins(make));
}
