// An OpenID provider that is certified, for oidc_flow.py: whoever types a name is that person.
//
// It prints its issuer, is told its client on one line of JSON, and prints "ready". It ends with
// its input.

import { createServer } from "node:http";
import { createInterface } from "node:readline";

import Provider from "oidc-provider";

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  // Another site than 127.0.0.1, as a provider is.
  console.log(`http://localhost:${server.address().port}`);
});

const lines = createInterface({ input: process.stdin });
lines.once("line", (line) => {
  const provider = new Provider(`http://localhost:${server.address().port}`, {
    clients: [JSON.parse(line)],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
  });
  server.on("request", provider.callback());
  console.log("ready");
});
lines.once("close", () => process.exit());
