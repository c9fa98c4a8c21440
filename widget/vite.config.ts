/**
 * Builds what the archive is packed from, in two passes: `script.js`, the module that Kommo loads, and with it `app.js`
 * and its chunks. All are AMD modules, since AMD is what Kommo's page has. Our own code stays as it is written; of the
 * libraries, which stand in chunks of their own, `libraries.json` names version, licence and source, and holds the
 * licence's text, which is not in the shortened code.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import prefixSelector from 'postcss-prefix-selector';
import { defineConfig, type Plugin, type Rollup, transformWithEsbuild } from 'vite';

/** Everything that we style lies in here. The id that nothing has makes our rules stronger than those of Kommo's page. */
const SCOPE = '.bookdeal:not(#_)';
const LIBRARIES = 'libraries';

export default defineConfig(({ mode }) => ({
  // Texts stay what they are in the archive: one literal each, that a reader can read.
  json: { stringify: false, namedExports: false },
  define: { 'process.env.NODE_ENV': '"production"', __VERSION__: JSON.stringify(manifest('.').version) },
  css: { postcss: { plugins: [prefixSelector({ prefix: SCOPE, transform: scoped })] } },
  plugins: mode === 'script' ? [] : [libraries()],
  build: {
    outDir: 'build',
    target: 'es2022',
    minify: false,
    cssCodeSplit: false,
    emptyOutDir: mode !== 'script',
    reportCompressedSize: false,
    rollupOptions: {
      // Packages mark what is for the browser alone ("use client"): all of this is.
      onwarn: (warning, warn) => warning.code !== 'MODULE_LEVEL_DIRECTIVE' && warn(warning),
      ...(mode === 'script' ? { input: 'src/script/script.ts', external: ['jquery'] } : { input: 'src/app.tsx' }),
      preserveEntrySignatures: 'strict',
      output: {
        format: 'amd',
        amd: { forceJsExtensionForImports: true },
        exports: mode === 'script' ? 'default' : 'named',
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash:8].js',
        assetFileNames: '[name][extname]',
        inlineDynamicImports: mode === 'script',
        // A screen is few files, not one for each small thing that it shares with another.
        experimentalMinChunkSize: 20_000,
        ...(mode === 'script' ? {} : { manualChunks: chunkOf }),
      },
    },
  },
}));

/** Where a module goes that is not ours: what every screen needs, and what one alone needs. Ours go where Rollup says. */
function chunkOf(id: string): string | undefined {
  const texts = /\/src\/texts\/(\w\w)\//.exec(id);
  if (texts) {
    return `texts-${texts[1]}`;
  }
  const name = packageOf(id);
  if (!name) {
    return id.includes('vite/') || id.startsWith('\0') ? LIBRARIES : undefined;
  }
  if (/^(@event-calendar|svelte|esm-env|clsx|devalue)/.test(name)) {
    return `${LIBRARIES}-calendar`;
  }
  return name.startsWith('@dnd-kit') ? `${LIBRARIES}-sorting` : LIBRARIES;
}

/** Keep the libraries' styles, and ours, inside our own elements. */
function scoped(_prefix: string, selector: string, prefixed: string): string {
  if (selector.startsWith('.bookdeal')) {
    return selector;
  }
  return /^(:root|html|body)\b/.test(selector) ? selector.replace(/^(:root|html|body)/, SCOPE) : prefixed;
}

/** Shortens the chunks of libraries, and lists what is in the build. */
function libraries(): Plugin {
  return {
    name: 'bookdeal-libraries',
    async renderChunk(code, chunk) {
      const minify = { minify: true, target: 'es2022', legalComments: 'none' } as const;
      return chunk.name.startsWith(LIBRARIES) ? transformWithEsbuild(code, `${chunk.name}.js`, minify) : null;
    },
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((one): one is Rollup.OutputChunk => one.type === 'chunk');
      const roots = new Set(chunks.flatMap(chunk => chunk.moduleIds.map(rootOf).filter(root => root !== undefined)));
      const listed = [...roots].map(root => {
        const { name, version, license, repository, homepage } = manifest(root);
        const from = source(repository) || homepage || npm(name);
        return { name, version, license: license ?? 'see notice', source: from, notice: notice(root) };
      });
      listed.sort((one, other) => one.name.localeCompare(other.name));
      this.emitFile({ type: 'asset', fileName: 'libraries.json', source: `${JSON.stringify(listed, null, 2)}\n` });
    },
  };
}

interface Manifest {
  name: string;
  version: string;
  license?: string;
  homepage?: string;
  repository?: string | { url?: string };
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
}

function source(repository: Manifest['repository']): string {
  const given = typeof repository === 'string' ? repository : (repository?.url ?? '');
  return given
    .replace(/^git\+/, '')
    .replace(/^git@github.com:|^git:\/\/github.com\/|^github:/, 'https://github.com/')
    .replace(/\.git$/, '')
    .replace(/^([\w-]+\/[\w.-]+)$/, 'https://github.com/$1');
}

/** The text of a package's licence, if it carries one. */
function notice(root: string): string {
  const file = readdirSync(root).find(name => /^(licen[cs]e|copying)(\.\w+)?$/i.test(name));
  return file ? readFileSync(`${root}/${file}`, 'utf8') : '';
}

function npm(name: string): string {
  return `https://www.npmjs.com/package/${name}`;
}

/** The folder of the package that a module is of. */
function rootOf(id: string): string | undefined {
  const name = packageOf(id);
  return name && id.slice(id.startsWith('\0') ? 1 : 0, id.lastIndexOf('node_modules/') + 13 + name.length);
}

function packageOf(id: string): string | undefined {
  const inside = id.split(sep).join('/').split('node_modules/').at(-1);
  return id.includes('node_modules/') ? inside?.match(/^(@[^/]+\/)?[^/]+/)?.[0] : undefined;
}
