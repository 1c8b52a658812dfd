/** `npm run generate:api`: the types of the REST API for the web page, from the OpenAPI document; no server is needed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { openApiOfRoutes } from './openapi-of-routes.ts';

const target = fileURLToPath(new URL('../src/web/api/schema.d.ts', import.meta.url));
// What the document calls required is so in answers; a member that has a default may be left out of requests.
const nodes = await openapiTS(JSON.parse(JSON.stringify(await openApiOfRoutes())), {
  defaultNonNullable: false,
  alphabetize: true,
});
const text = `// Generated from the OpenAPI document by scripts/api-types.ts: not to be changed, not kept in git.\n${astToString(nodes)}`;
// Whoever watches the file need not wake when nothing has changed.
if (read() !== text) writeFileSync(target, text);

function read(): string | undefined {
  try {
    return readFileSync(target, 'utf8');
  } catch {
    return undefined;
  }
}
