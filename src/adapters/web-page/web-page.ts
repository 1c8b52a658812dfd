import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context, Middleware } from 'koa';

export interface WebPageOptions {
  /** Where `npm run build` has put the page. */
  readonly folder: string;
}

/** What the build writes where the nonce belongs. */
const NONCE_MARK = /NONCE-OF-THE-PAGE/g;
/** Paths of programs: there a person's page would be the wrong answer to a mistyped address. */
const NOT_OURS = /^\/(api|dm)(\/|$)|^\/(healthz|readyz|metrics)$/;
/** The names of these hold a hash of what is in them. */
const HASHED = /^\/assets\/[\w.-]+$/;
const PLAIN = /^\/[\w-]+\.(?:js|svg|png|ico|txt|webmanifest)$/;
const HOUR_S = 3_600;
const YEAR_S = 31_536_000;

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
};

/** Compressed beside the file by the build, in the order of preference. */
const CODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/**
 * The admin's web page: its files, and for every other address a person may have in the browser the page itself, which
 * finds out what to show. All files are kept in memory once they were asked for; together they are a few megabytes.
 */
export function webPage({ folder }: WebPageOptions): Middleware {
  const files = new Map<string, Promise<Buffer | undefined>>();
  const fileAt = (path: string): Promise<Buffer | undefined> => {
    const known = files.get(path);
    if (known !== undefined) return known;
    const read = readFile(join(folder, path)).catch(() => undefined);
    // What is not there is asked for again, so that a page built later is found; and no caller fills the memory.
    void read.then((octets) => octets !== undefined && files.set(path, read));
    return read;
  };
  return async (ctx, next) => {
    if (NOT_OURS.test(ctx.path)) return next();
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    ctx.set('X-Content-Type-Options', 'nosniff');
    if (HASHED.test(ctx.path) || PLAIN.test(ctx.path)) return sendFile(ctx, fileAt);
    const html = await fileAt('/index.html');
    if (html === undefined) return sayNotBuilt(ctx, folder);
    sendPage(ctx, html.toString('utf8'));
  };
}

async function sendFile(ctx: Context, fileAt: (path: string) => Promise<Buffer | undefined>): Promise<void> {
  const { path } = ctx;
  for (const [coding, suffix] of CODINGS) {
    if (ctx.acceptsEncodings(coding) !== coding) continue;
    const compressed = await fileAt(path + suffix);
    if (compressed === undefined) continue;
    ctx.set('Content-Encoding', coding);
    return send(ctx, compressed);
  }
  const plain = await fileAt(path);
  if (plain !== undefined) return send(ctx, plain);
  ctx.status = 404;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = 'There is nothing at this path.\n';
}

function send(ctx: Context, octets: Buffer): void {
  ctx.vary('Accept-Encoding');
  ctx.set(
    'Cache-Control',
    HASHED.test(ctx.path) ? `public, max-age=${YEAR_S}, immutable` : `public, max-age=${HOUR_S}`,
  );
  ctx.set('Cross-Origin-Resource-Policy', 'same-origin');
  ctx.body = octets;
  ctx.set('Content-Type', TYPES[/\.(\w+)$/.exec(ctx.path)?.[1] ?? ''] ?? 'application/octet-stream');
}

function sendPage(ctx: Context, html: string): void {
  const nonce = randomBytes(16).toString('base64');
  ctx.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy': policy(nonce),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    'Referrer-Policy': 'same-origin',
    'X-Frame-Options': 'DENY',
  });
  ctx.body = html.replace(NONCE_MARK, nonce);
  ctx.type = 'html';
}

/**
 * Scripts come from our files only. Styles too, but for those of the component library, which writes a few into the page
 * and has been given the nonce for it.
 */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function sayNotBuilt(ctx: Context, folder: string): void {
  ctx.status = 404;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = existsSync(folder)
    ? 'There is nothing at this path.\n'
    : 'The web page is not built: npm run build makes it. The REST API is at /api/openapi.json.\n';
}
