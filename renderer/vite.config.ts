/**
 * How the window is built, alone (`vite build -c renderer/vite.config.ts`) and as the renderer of electron-vite, which
 * takes `windowConfig()`. Paths are relative, so that the same files work under `file://` and from the browser host.
 */
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));

/** The fonts' second format is for browsers that are long gone; it would double what is shipped. */
function woff2Only(): Plugin {
  return {
    name: 'woff2-only',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('@fontsource') || !id.includes('.css')) return null;
      return { code: code.replaceAll(/,\s*url\([^)]+\.woff\)\s*format\('woff'\)/g, ''), map: null };
    },
  };
}

export function windowConfig(): UserConfig {
  return {
    root,
    base: './',
    plugins: [woff2Only(), vue()],
    define: {
      __VUE_OPTIONS_API__: 'false',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
      __VUE_I18N_FULL_INSTALL__: 'false',
      __VUE_I18N_LEGACY_API__: 'false',
      __INTLIFY_PROD_DEVTOOLS__: 'false',
    },
    build: {
      outDir: fileURLToPath(new URL('../out/renderer', import.meta.url)),
      emptyOutDir: true,
      target: 'es2023',
      minify: true,
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      rolldownOptions: { input: fileURLToPath(new URL('./index.html', import.meta.url)) },
    },
  };
}

export default defineConfig(windowConfig());
