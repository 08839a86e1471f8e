#!/usr/bin/env bash
# opossum 9.0.0: an error that `errorFilter` lets pass closes a half-open circuit.
#
# `errorFilter` is for errors that say nothing of the other side's health, such as "your request is wrong". Expected: such an answer to
# the one trial call of a half-open circuit leaves it half open, or counts as nothing. Seen: it counts as a success and closes the
# circuit, while the call itself is rejected. One bad request during an outage so lets all the waiting ones loose.
#
# Needs Node.js 20 or newer with npm. Exit code 0 while the library behaves so, 1 when that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" opossum@9.0.0
cat >trial.cjs <<'JAVASCRIPT'
const CircuitBreaker = require('opossum');
const { version } = require('opossum/package.json');

async function main() {
  let status = 503;
  const call = async () => {
    throw Object.assign(new Error(`answered ${status}`), { status });
  };
  const breaker = new CircuitBreaker(call, {
    timeout: false,
    resetTimeout: 50,
    volumeThreshold: 1,
    errorThresholdPercentage: 1,
    errorFilter: (error) => error.status === 400,
  });
  await breaker.fire().catch(() => {});
  const openedByOutage = breaker.opened;
  await new Promise((resolve) => setTimeout(resolve, 150));
  const halfOpen = breaker.halfOpen;
  status = 400;
  const rejectedWith = await breaker.fire().then(
    () => null,
    (error) => error.message,
  );
  const { closed } = breaker;
  console.log(`opossum ${version}`);
  console.log(`after 503: opened ${openedByOutage}; later: half open ${halfOpen}`);
  console.log(`the trial call is rejected with "${rejectedWith}"; circuit closed: ${closed}`);
  breaker.shutdown();
  process.exit(openedByOutage && halfOpen && rejectedWith === 'answered 400' && closed ? 0 : 1);
}

main();
JAVASCRIPT
node trial.cjs
