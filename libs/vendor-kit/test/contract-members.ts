import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../../..');
const KIT = join(ROOT, 'libs/vendor-kit/src');

/** Reads the sources of our own packages with the compiler's types, and nothing else: foreign packages are of no matter here. */
export function openProgram(files: readonly string[]): ts.Program {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    experimentalDecorators: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, containingFile) =>
    literals.map(({ text }) => {
      const file = text.startsWith('.') ? join(containingFile, '..', text) : findOwn(text);
      return file === null
        ? { resolvedModule: undefined }
        : { resolvedModule: { resolvedFileName: file, extension: ts.Extension.Ts, isExternalLibraryImport: false } };
    });
  return ts.createProgram({ rootNames: files.map((file) => join(ROOT, file)), options, host });
}

/** Source of one of our packages, by its name and subpath. */
function findOwn(name: string): string | null {
  const [, library, subpath] = /^@entrepot\/([\w-]+)(?:\/([\w-]+))?$/.exec(name) ?? [];
  if (library === undefined) return null;
  const folder = join(ROOT, 'libs', library, 'src');
  const candidates = subpath === undefined ? ['index.ts'] : [`${subpath}.ts`, `${subpath}/index.ts`];
  const found = candidates.map((candidate) => join(folder, candidate)).find((file) => ts.sys.fileExists(file));
  return found ?? null;
}

/** Members of the kit's types that files read, as `Type.member`. */
export function readMembers(program: ts.Program, files: readonly string[]): ReadonlySet<string> {
  const checker = program.getTypeChecker();
  const reads = new Set<string>();

  function note(symbol: ts.Symbol | undefined): void {
    for (const declaration of symbol?.declarations ?? []) {
      const owner = nameOwner(declaration);
      if (owner !== null && symbol !== undefined) reads.add(`${owner}.${symbol.name}`);
    }
  }
  function visit(node: ts.Node): void {
    if (ts.isPropertyAccessExpression(node)) note(checker.getSymbolAtLocation(node.name));
    else if (ts.isObjectBindingPattern(node)) {
      const type = checker.getTypeAtLocation(node);
      for (const { name, propertyName = name } of node.elements)
        if (ts.isIdentifier(propertyName)) note(type.getProperty(propertyName.text));
    }
    ts.forEachChild(node, visit);
  }
  for (const file of files) {
    const source = program.getSourceFile(join(ROOT, file));
    if (source === undefined) throw new Error(`there is no file ${file}`);
    visit(source);
  }
  return reads;
}

/** The exported type of the kit that a member is declared in; null for what is declared elsewhere. */
function nameOwner(declaration: ts.Declaration): string | null {
  if (!declaration.getSourceFile().fileName.startsWith(KIT)) return null;
  for (let node: ts.Node = declaration.parent; !ts.isSourceFile(node); node = node.parent)
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return node.name.text;
  return null;
}

/** All sources below a folder; what is there for tests left out. */
export function listSources(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('testing/'))
    .map((name) => `${folder}/${name}`);
}

/** Exported interfaces and types of a folder of the kit. */
export function listTypes(program: ts.Program, folder: string): readonly string[] {
  return listSources(folder).flatMap((file) => {
    const names: string[] = [];
    program.getSourceFile(join(ROOT, file))?.forEachChild((node) => {
      if (!ts.isInterfaceDeclaration(node) && !ts.isTypeAliasDeclaration(node)) return;
      if (node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true) names.push(node.name.text);
    });
    return names;
  });
}
