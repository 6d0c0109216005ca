// An OpenID Connect provider for one test: whoever names an account has it.
// argv: client id, client secret, redirect address. Says its issuer on the
// first line of its output and ends when its input does.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [client_id, client_secret, redirect] = process.argv.slice(2);
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id, client_secret, redirect_uris: [redirect], response_types: ['code'], grant_types: ['authorization_code'],
    }],
    cookies: { keys: ['one test'] },
    pkce: { required: () => true },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.on('end', () => process.exit(0)).resume();
