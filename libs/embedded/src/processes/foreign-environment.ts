/** What the servers are told: all that we are, but for our own settings, secrets among them. */
export function foreignEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('ENTREPOT_')));
}
