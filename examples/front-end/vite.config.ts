import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Where Satchel listens.
const api = process.env.VITE_API ?? 'http://127.0.0.1:8080';
// What steals tokens is a foreign script. The development server needs inline ones; the built page has none.
const policy = `default-src 'self'; img-src data:; connect-src ${api}; base-uri 'none'; form-action 'none'`;
// The origin that Satchel lists for development; on another port the browser would refuse its answers.
const origin = { host: 'localhost', port: 5173, strictPort: true };

export default defineConfig(({ command }) => ({
  plugins: [
    react(),
    {
      name: 'content-security-policy',
      transformIndexHtml: () =>
        command === 'build'
          ? [{ tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policy } }]
          : [],
    },
  ],
  define: { 'import.meta.env.VITE_API': JSON.stringify(api) },
  server: origin,
  preview: origin,
}));
