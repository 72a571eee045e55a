// SPDX-License-Identifier: MIT
// Every row of the API about accounts and keys, with fields as JSON, as a form, as multipart, and by the names
// of older clients.
import { Client, encoded, member, stranger } from './client.mjs';
import { assert, want } from './checks.mjs';

const OLDER_SIGNUP = ({ username, email, password }) =>
  ({ nombre: username, email, password, password_confirmation: password });
const SIGNUP = ({ username, email, password }) => ({ username, email, password1: password, password2: password });

async function signUpAndIn(make, kind, signup, login) {
  const client = make();
  const who = stranger();
  const made = want(await client.ask('POST', '/api/auth/signup', kind(signup(who))), 200);
  assert.equal(typeof made.json.message, 'string');
  const { json } = want(await client.ask('POST', '/api/auth/login', kind(login(who))), 200);
  assert.equal(json.token, json.access_token);
  assert.equal(json.token_type, 'Bearer');
  client.token = json.token;
  const me = want(await client.ask('GET', '/api/auth/me'), 200);
  assert.equal(me.json.username, who.username);
  assert.equal(me.json.email, who.email);
}

async function refusedSignUps(make) {
  const client = make();
  const who = stranger();
  const fields = SIGNUP(who);
  const refused = async (changed, code) => want(
    await client.ask('POST', '/api/auth/signup', encoded.json({ ...fields, ...changed })), 400, code);
  for (const name of Object.keys(fields)) await refused({ [name]: undefined }, 'missing_field');
  await refused({ email: 'no address' }, 'bad_email');
  await refused({ password2: 'correct horse 2' }, 'passwords_differ');
  await refused({ password1: 'short', password2: 'short' }, 'weak_password');
  want(await client.ask('POST', '/api/auth/signup', encoded.json(fields)), 200);
  await refused({ email: 'other@example.com' }, 'name_taken');
  await refused({ username: `${who.username}x` }, 'email_taken');
}

async function refusedLogins(make) {
  const known = await make.member();
  const client = make();
  const login = (fields) => client.ask('POST', '/api/auth/login', encoded.json(fields));
  want(await login({ username: known.who.username }), 400, 'missing_field');
  want(await login({ password: 'x' }), 400, 'missing_field');
  const wrong = want(await login({ username: known.who.username, password: 'wrong horse 1' }), 401, 'bad_credentials');
  const nobody = want(await login({ username: stranger().username, password: 'wrong horse 1' }), 401, 'bad_credentials');
  assert.deepEqual(wrong.json, nobody.json);
  want(await client.ask('GET', '/api/auth/me'), 401, 'unauthorized');
  want(await client.ask('GET', '/api/auth/me', { token: 'no.token.atall' }), 401, 'unauthorized');
}

async function account(make, kind) {
  const client = await make.member();
  const changed = want(await client.ask('PATCH', '/api/auth/me', kind({ language: 'es', mail: 'true' })), 200);
  assert.equal(changed.json.language, 'es');
  assert.equal(changed.json.mail, true);
  const email = stranger().email;
  want(await client.ask('PATCH', '/api/auth/me', kind({ email })), 200);
  assert.equal(want(await client.ask('GET', '/api/auth/me'), 200).json.email, email);
  want(await client.ask('PATCH', '/api/auth/me', kind({ email: 'none' })), 400, 'bad_email');
  want(await client.ask('DELETE', '/api/auth/me'), 204);
  want(await client.ask('GET', '/api/auth/me'), 401, 'unauthorized');
}

async function password(make, kind) {
  const client = await make.member();
  const old = client.token;
  const [before, after] = [client.who.password, 'correct donkey 2'];
  const change = (fields) => client.ask('POST', '/api/auth/password', kind(fields));
  want(await change({ password: 'wrong horse 1', password1: after, password2: after }), 403, 'bad_credentials');
  want(await change({ password: before, password1: after, password2: 'another one' }), 400, 'passwords_differ');
  want(await change({ password: before, password1: after, password2: after }), 200);
  want(await client.ask('GET', '/api/auth/me', { token: old }), 401, 'unauthorized');
  want(await client.ask('POST', '/api/auth/login', kind({ username: client.who.username, password: after })), 200);
}

async function keys(make, kind) {
  const client = await make.member();
  const made = want(await client.ask('POST', '/api/auth/keys', kind({ name: 'laptop' })), 200);
  assert.equal(made.json.name, 'laptop');
  const listed = want(await client.ask('GET', '/api/auth/keys'), 200);
  assert.deepEqual(listed.json.map(({ id }) => id), [made.json.id]);
  assert.equal(listed.json[0].key, undefined);
  want(await client.ask('GET', '/api/auth/me', { token: made.json.key }), 200);
  want(await client.ask('DELETE', `/api/auth/keys/${made.json.id}`), 204);
  want(await client.ask('DELETE', `/api/auth/keys/${made.json.id}`), 404, 'not_found');
  want(await client.ask('GET', '/api/auth/me', { token: made.json.key }), 401, 'unauthorized');
}

/** `origin`: of the server; `proxyPort`: of the proxy in front of it. */
export async function walkAccounts(steps, origin, proxyPort) {
  const make = () => new Client(origin, proxyPort);
  make.member = () => member(origin, proxyPort);
  for (const [name, kind] of Object.entries(encoded)) {
    await steps.run(`sign-up and login, ${name}`, () =>
      signUpAndIn(make, kind, SIGNUP, ({ username, password }) => ({ username, password })));
    await steps.run(`sign-up and login by older names, ${name}`, () =>
      signUpAndIn(make, kind, OLDER_SIGNUP, ({ username, password }) => ({ user: username, password })));
    await steps.run(`login by e-mail, ${name}`, () =>
      signUpAndIn(make, kind, SIGNUP, ({ email, password }) => ({ email, password })));
    await steps.run(`the account, ${name}`, () => account(make, kind));
    await steps.run(`its password, ${name}`, () => password(make, kind));
    await steps.run(`its keys, ${name}`, () => keys(make, kind));
  }
  await steps.run('sign-ups that are refused', () => refusedSignUps(make));
  await steps.run('logins that are refused', () => refusedLogins(make));
}
