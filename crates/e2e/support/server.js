// A static server for the tests: any folder under any path, with any headers.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

/** What `trunk build --release` made. */
export const DIST = fileURLToPath(new URL("../../../dist/", import.meta.url));

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Bytes as a host sends them that compresses its files once and for all. */
export function packed(bytes) {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return brotliCompressSync(bytes, { params });
}

/**
 * Serves `folder` below `prefix` on a free port of this machine, packed by brotli if `pack` says so.
 * @param {string} folder
 * @param {{ prefix?: string, headers?: Record<string, string>, pack?: boolean }} [options]
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serve(folder, { prefix = "/", headers = {}, pack = false } = {}) {
  const ready = new Map();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const name = normalize(decodeURIComponent(pathname));
    const file = name.endsWith("/") ? `${name}index.html` : name;
    try {
      if (!file.startsWith(prefix)) {
        throw new Error("outside the site");
      }
      const path = join(folder, file.slice(prefix.length));
      let body = ready.get(path) ?? (await readFile(path));
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      const head = { "content-type": type, "cache-control": "no-store", ...headers };
      if (pack) {
        body = ready.has(path) ? body : packed(body);
        ready.set(path, body);
        head["content-encoding"] = "br";
      }
      response.writeHead(200, head);
      response.end(body);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" });
      response.end("not found\n");
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}${prefix}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
