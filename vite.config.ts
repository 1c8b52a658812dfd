import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `npm run web` serves the page while it is worked on; the API is that of a server that runs here already. */
const SERVER = process.env['OMADM_URL'] ?? 'http://127.0.0.1:8080';

/** The admin page: from src/web into dist/web, where the server finds it. */
export default defineConfig({
  root: 'src/web',
  base: '/',
  plugins: [react()],
  // The server puts a nonce of its own into every page that it gives out.
  html: { cspNonce: 'NONCE-OF-THE-PAGE' },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // What has light-dark() and nesting: older ones would get a stand-in that knows nothing of the library's colour scheme.
    cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    manifest: true,
    // Fonts and pictures too stay files: the page's policy admits no data: for them.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: Object.fromEntries(['/api', '/healthz', '/readyz', '/metrics'].map((path) => [path, SERVER])),
  },
});
